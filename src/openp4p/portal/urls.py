"""The addresses of every page. Identifiers in them say nothing and cannot be guessed."""

from __future__ import annotations

from django.urls import include, path, re_path, register_converter

from openp4p.portal.views import (
    cases,
    chain,
    desk,
    home,
    oversight,
    practice,
    practice_disputes,
    practice_registries,
    receipts,
)


class Key:
    """Sixteen hexadecimal digits."""

    regex = "[0-9a-f]{16}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(Key, "key")
_PRACTICE = "practices/<key:practice>/"
_RESULT = f"{_PRACTICE}results/<key:result>/"
_DISPUTE = f"{_PRACTICE}disputes/<key:dispute>/"
_RUN, _CASE = "desk/runs/<key:run>/", "desk/cases/<key:dispute>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("health/", home.health, name="health"),
    path("published/", home.published, name="published"),
    path("practices/", practice.practices, name="practices"),
    path(_PRACTICE, practice.queue, name="queue"),
    path(f"{_RESULT}report/", practice.report, name="report"),
    path(f"{_RESULT}prepare/", practice.prepare, name="prepare"),
    path(f"{_RESULT}patients/", practice.patients, name="patients"),
    path(f"{_RESULT}patients/file/", practice.patients_file, name="patients_file"),
    path(f"{_RESULT}patients/<key:patient>/", practice.cases, name="cases"),
    path(f"{_RESULT}data/", practice.ask_for_data, name="ask_for_data"),
    path(f"{_RESULT}comment/", practice.comment, name="comment"),
    path(f"{_RESULT}variances/", practice_registries.variances, name="variances"),
    path(f"{_RESULT}disputes/new/", practice_disputes.new, name="new_dispute"),
    path(f"{_RESULT}disputes/fields/", practice_disputes.fields, name="dispute_fields"),
    path(_DISPUTE, practice_disputes.dispute, name="dispute"),
    path(f"{_DISPUTE}evidence/", practice_disputes.evidence, name="add_evidence"),
    re_path(
        "^practices/(?P<practice>[0-9a-f]{16})/disputes/(?P<dispute>[0-9a-f]{16})/"
        "(?P<what>withdraw|answer|appeal)/$",
        practice_disputes.act, name="dispute_act",
    ),
    path(f"{_PRACTICE}evidence/<key:evidence>/", practice_disputes.evidence_file, name="evidence"),
    path(f"{_PRACTICE}participation/", practice_registries.participation, name="participation"),
    path(f"{_PRACTICE}costs/", practice_registries.costs, name="costs"),
    path(f"{_PRACTICE}resources/", practice_registries.resources, name="resources"),
    path(f"{_PRACTICE}receipts/", receipts.receipts, name="receipts"),
    path(f"{_PRACTICE}receipts/file/", receipts.receipts_file, name="receipts_file"),
    path(f"{_PRACTICE}users/", practice_registries.users, name="users"),
    path(
        f"{_PRACTICE}users/<int:membership>/end/", practice_registries.end_my_role,
        name="end_my_role",
    ),
    path("desk/", desk.desk, name="desk"),
    path("desk/exceptions/", oversight.exceptions, name="exceptions"),
    path("desk/runs/", desk.runs, name="runs"),
    path(_RUN, desk.run, name="run"),
    path(f"{_RUN}steps/<slug:event>/", desk.step, name="step"),
    path(f"{_RUN}variances/", oversight.run_variances, name="run_variances"),
    path(f"{_RUN}supersede/", chain.supersede, name="supersede"),
    path(f"{_RUN}recalculate/", desk.recalculate, name="recalculate"),
    path(f"{_RUN}recalculations/", desk.recalculations, name="recalculations"),
    path(f"{_RUN}payment-file/", desk.payment_file, name="payment_file"),
    path(f"{_RUN}publish/", desk.publish, name="publish"),
    path("desk/results/<key:result>/notice/", desk.notice, name="notice"),
    path("desk/clock/<int:days>/", desk.move_clock, name="move_clock"),
    path(_CASE, cases.case, name="case"),
    path(f"{_CASE}decide/", cases.decide, name="decide"),
    path(f"{_CASE}ask/", cases.ask, name="ask"),
    path(f"{_CASE}assign/<int:officer>/", cases.assign, name="assign"),
    path("desk/evidence/<key:evidence>/", cases.evidence, name="case_evidence"),
    path("desk/data/<key:asked>/", cases.answer_data, name="answer_data"),
    path("desk/ledger/", oversight.ledger, name="ledger"),
    re_path(
        "^desk/costs/(?P<cost>[0-9]{1,9})/(?P<what>pay|refuse)/$", oversight.settle_cost,
        name="settle_cost",
    ),
    path("desk/registries/", oversight.registries, name="registries"),
    path("desk/trail/", oversight.trail_page, name="trail"),
    path("desk/exports/", oversight.exports, name="exports"),
    path("desk/people/", oversight.people, name="people"),
    path("desk/people/<int:membership>/confirm/", oversight.confirm_role, name="confirm_role"),
    path("desk/people/<int:membership>/end/", oversight.end_role, name="end_role"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sso/", include("allauth.socialaccount.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]  # fmt: skip
