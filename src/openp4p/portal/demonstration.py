"""A demonstration on synthetic data: an account of every role, and a run open for review."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from openp4p.portal import clock
from openp4p.portal.acts import delivering, loading, steps
from openp4p.portal.models import Membership, Practice, ReviewedRun, User, Version
from openp4p.portal.rows import PATIENTS, read_rows
from openp4p.review.roles import NAMES, Role
from openp4p.review.states import RunState

R = Role
_SPONSOR = (
    ("analyst", (R.ANALYST,)),
    ("approver-1", (R.APPROVER,)),
    ("approver-2", (R.APPROVER, R.FINANCE)),
    ("case-officer", (R.CASE_OFFICER,)),
    ("reviewer", (R.REVIEWER,)),
    ("finance", (R.FINANCE,)),
    ("privacy-officer", (R.PRIVACY_OFFICER,)),
    ("auditor", (R.AUDITOR,)),
    ("administrator", (R.SYSTEM_ADMINISTRATOR,)),
)
_LETTERS = "ab"  # two practices have people


@dataclass(frozen=True)
class Account:
    """An account of the demonstration, as it is printed."""

    username: str
    password: str
    roles: str
    practice: str
    address: str


def demonstrate(run: Path, input_folder: Path | None = None) -> list[Account]:
    """The accounts of a demonstration of a run; begun again, it goes on as it was."""
    password = _password()
    people = {name: _person(name, password) for name, _ in _SPONSOR}
    for name, roles in _SPONSOR:
        for role in roles:
            _member(people[name], role, None)
    reviewed = loading.load(run, people["analyst"], input_folder=input_folder)
    of_practices = _of_practices(reviewed, password)
    if reviewed.status is RunState.DRAFT:
        steps.take(reviewed, "submit", people["analyst"])
        steps.take(reviewed, "open", people["approver-1"])
        delivering.tick()
    sponsor = [
        Account(name, password, "; ".join(NAMES[r] for r in roles), "", "/desk/")
        for name, roles in _SPONSOR
    ]
    return [*of_practices, *sponsor]


def _of_practices(run: ReviewedRun, password: str) -> list[Account]:
    """A representative and a clinician of the two practices with the most patients."""
    first = Version.objects.filter(result__run=run, number=1).order_by("-patients", "result_id")
    found = []
    for letter, version in zip(_LETTERS, first[: len(_LETTERS)], strict=False):
        practice = version.result.practice
        if not practice.email:
            practice.email = f"practice-{letter}@openp4p.example"
            practice.save()
        for kind, role in (
            ("representative", R.PRACTICE_ADMINISTRATOR),
            ("clinician", R.PRACTICE_CLINICIAN),
        ):
            person = _person(f"{kind}-{letter}", password)
            if role is R.PRACTICE_CLINICIAN and not person.npi:
                person.npi = _busiest(version, practice)
                person.save()
            _member(person, role, practice)
            found.append(
                Account(
                    person.username, password, NAMES[role], practice.tin,
                    f"/practices/{practice.key}/",
                )
            )  # fmt: skip
    return found


def _busiest(version: Version, practice: Practice) -> str:
    """The clinician of a practice with the most patients, as far as there is one."""
    seen = [row["npi"] for row in read_rows(version.folder, practice.key, PATIENTS) if row["npi"]]
    return max(sorted(set(seen)), key=seen.count, default="")


def _password() -> str:
    """The password of the demonstration: drawn once, and kept beside its database."""
    path = Path(settings.FOLDER) / "demonstration.json"
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(json.dumps({"password": secrets.token_urlsafe(12)}), encoding="utf-8")
    return str(json.loads(path.read_text(encoding="utf-8"))["password"])


def _person(username: str, password: str) -> User:
    person, is_new = User.objects.get_or_create(
        username=username,
        defaults={"first_name": f"Demonstration: {username}", "is_demonstration": True},
    )
    if is_new:
        person.set_password(password)
        person.save()
    return person


def _member(person: User, role: Role, practice: Practice | None) -> None:
    Membership.objects.get_or_create(
        user=person, role=role, practice=practice, until=None,
        defaults={"since": clock.now(), "is_confirmed": True},
    )  # fmt: skip
