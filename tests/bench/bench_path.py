#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The questions of bench_path to igraph and networkx from Python, one graph per model; lines as bench_path prints them."""
import sys
import time
import warnings
from collections import defaultdict

import igraph
import networkx

BLOCK = 50


def rows(path):
    with open(path, encoding="ascii") as f:
        return [tuple(map(int, line.split(","))) for line in f]


def measure(name, ask, questions):
    per, total = [], 0
    for i in range(0, len(questions) - BLOCK + 1, BLOCK):
        begun = time.process_time_ns()
        for question in questions[i:i + BLOCK]:
            total += ask(question)
        per.append((time.process_time_ns() - begun) / BLOCK)
    per.sort()
    print(f"{name}\t{per[len(per) // 2]:.1f}\t{sum(per) / len(per):.1f}\t{total}", flush=True)


def main():
    folder = sys.argv[1]
    edges, questions = rows(f"{folder}/edges.csv"), rows(f"{folder}/questions.csv")
    by_model = defaultdict(list)
    for model, start, end in edges:
        by_model[model].append((start, end))
    first = {model: min(min(e) for e in es) for model, es in by_model.items()}
    graphs = {model: igraph.Graph(edges=[(a - first[model], b - first[model]) for a, b in es], directed=True)
              for model, es in by_model.items()}
    inside = [(graphs[m], a - first[m], b - first[m]) for m, a, b in questions]
    warnings.simplefilter("ignore")
    measure("igraph-python", lambda q: len(q[0].get_shortest_paths(q[1], q[2])[0]), inside)

    digraphs = {model: networkx.DiGraph(es) for model, es in by_model.items()}

    def ask(q):
        try:
            return len(networkx.shortest_path(digraphs[q[0]], q[1], q[2]))
        except networkx.NetworkXNoPath:
            return 0
    measure("networkx", ask, questions)


main()
