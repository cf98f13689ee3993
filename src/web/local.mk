# SPDX-License-Identifier: Apache-2.0
noinst_LIBRARIES += %D%/libweb.a
# One a line, so that two people who add one do not meet.
%C%_libweb_a_SOURCES = \
	%D%/dot.c \
	%D%/dot.h \
	%D%/edit.c \
	%D%/edit.h \
	%D%/files.h \
	%D%/form.c \
	%D%/form.h \
	%D%/form_multipart.c \
	%D%/html.c \
	%D%/html.h \
	%D%/page.c \
	%D%/page.h \
	%D%/pages_about.c \
	%D%/pages_account.c \
	%D%/pages_block.c \
	%D%/pages_bulk.c \
	%D%/pages_callout.c \
	%D%/pages_campaign.c \
	%D%/pages_find.c \
	%D%/pages_imports.c \
	%D%/pages_info.c \
	%D%/pages_model.c \
	%D%/pages_notify.c \
	%D%/pages_oidc.c \
	%D%/pages_proof.c \
	%D%/pages_proposal.c \
	%D%/pages_propose.c \
	%D%/pages_trust.c \
	%D%/pages_users.c \
	%D%/picture.c \
	%D%/picture.h \
	%D%/picture_clean.c \
	%D%/pictures.c \
	%D%/roles.c \
	%D%/roles.h \
	%D%/template.c \
	%D%/template.h \
	%D%/template_compile.c \
	%D%/template_ops.h \
	%D%/web.c \
	%D%/web.h \
	%D%/words.c \
	%D%/words.h \
	%D%/work.c \
	%D%/work.h
nodist_%C%_libweb_a_SOURCES = %D%/files_gen.c

# What is packed into the program; build-aux/embed keeps this order.
WEB_FILES = web/dist/firpath.css web/js/live.js web/img/icon.svg \
	web/templates/accessibility.html \
	web/templates/account.html \
	web/templates/answer-already.html \
	web/templates/answer-links.html \
	web/templates/answer-none.html \
	web/templates/answer-notice.html \
	web/templates/answer-path.html \
	web/templates/answer-twins.html \
	web/templates/answer-warnings.html \
	web/templates/audit.html \
	web/templates/banner.html \
	web/templates/block-clock.html \
	web/templates/block-new.html \
	web/templates/block.html \
	web/templates/blocks.html \
	web/templates/bulk-result.html \
	web/templates/bulk.html \
	web/templates/call-out-new.html \
	web/templates/call-out.html \
	web/templates/call-outs.html \
	web/templates/callout-clock.html \
	web/templates/callout-rows.html \
	web/templates/callout-state.html \
	web/templates/campaign.html \
	web/templates/campaigns.html \
	web/templates/change-row.html \
	web/templates/changes.html \
	web/templates/contact.html \
	web/templates/csrf.html \
	web/templates/developers.html \
	web/templates/diff.html \
	web/templates/dossier.html \
	web/templates/edge.html \
	web/templates/ends.html \
	web/templates/entry-twins.html \
	web/templates/entry.html \
	web/templates/exports.html \
	web/templates/field-said.html \
	web/templates/field.html \
	web/templates/fields.html \
	web/templates/foot.html \
	web/templates/form-errors.html \
	web/templates/freshness.html \
	web/templates/head.html \
	web/templates/health.html \
	web/templates/help.html \
	web/templates/home.html \
	web/templates/identity.html \
	web/templates/impact-said.html \
	web/templates/impact.html \
	web/templates/import-act.html \
	web/templates/import-state.html \
	web/templates/import.html \
	web/templates/imports.html \
	web/templates/legend.html \
	web/templates/licences.html \
	web/templates/marks.html \
	web/templates/model.html \
	web/templates/models.html \
	web/templates/organisation.html \
	web/templates/pages.html \
	web/templates/password.html \
	web/templates/path-form.html \
	web/templates/path.html \
	web/templates/problem.html \
	web/templates/proposal-state.html \
	web/templates/proposal.html \
	web/templates/proposals.html \
	web/templates/propose.html \
	web/templates/queues.html \
	web/templates/reference.html \
	web/templates/risk.html \
	web/templates/search-form.html \
	web/templates/search.html \
	web/templates/security.html \
	web/templates/service-levels.html \
	web/templates/sign-in.html \
	web/templates/signed-in.html \
	web/templates/statement.html \
	web/templates/status-tag.html \
	web/templates/status.html \
	web/templates/step-row.html \
	web/templates/task-list.html \
	web/templates/token-new.html \
	web/templates/user.html \
	web/templates/users.html \
	web/templates/watch-news.html \
	web/templates/watching.html \
	web/templates/webhook-check.html \
	web/templates/webhook-new.html \
	web/templates/webhook-remove.html \
	web/templates/webhook-secret.html \
	web/templates/webhook-state.html \
	web/templates/webhook.html \
	web/templates/webhooks.html \
	web/templates/work.html \
	web/templates/workspace.html
EXTRA_DIST += build-aux/embed $(WEB_FILES) web/LICENSE.govuk-frontend web/build-assets web/package.json web/package-lock.json \
	web/.npmrc web/scss
CLEANFILES += %D%/files_gen.c

%D%/files_gen.c: build-aux/embed $(WEB_FILES)
	$(AM_V_GEN)$(MKDIR_P) %D% && (cd $(top_srcdir) && build-aux/embed web $(WEB_FILES)) >$@.tmp && mv $@.tmp $@
