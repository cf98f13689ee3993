/* SPDX-License-Identifier: Apache-2.0 */
typedef int empty_room;
