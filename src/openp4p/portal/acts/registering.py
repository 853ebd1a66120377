"""The registries: who takes part, paperwork, care resources; a status ends when the next begins."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from openp4p.portal import clock, trail
from openp4p.portal.access import memberships
from openp4p.portal.acts.standing import current
from openp4p.portal.models import (
    AdminCost,
    CareResource,
    Membership,
    Participation,
    Practice,
    Result,
    ReviewedRun,
    User,
)
from openp4p.review import registries
from openp4p.review.refusals import RefusedError, require, unless
from openp4p.review.roles import OF_PRACTICE, SCORING_TEAM, Role, conflicts
from openp4p.review.states import RunState

_BEFORE_FINAL = (RunState.DRAFT, RunState.PRELIMINARY, RunState.OPEN, RunState.RESOLVING)


def take_part(practice: Practice, program_id: str, period: int, status: str, by: User) -> None:
    """Opt in or out, freely: in until the day before the period, out until the run is final."""
    today = clock.now().date()
    runs = ReviewedRun.objects.filter(program_id=program_id, performance_year=period)
    is_final = runs.exists() and not runs.filter(state__in=_BEFORE_FINAL).exists()
    require(
        unless(status in ("enrolled", "declined", "withdrawn"), "Choose to take part or not."),
        unless(
            status != "enrolled" or today < date(period, 1, 1),
            "One enrols until the day before the period begins.",
        ),
        unless(status == "enrolled" or not is_final, "The results of this period are final."),
    )
    with transaction.atomic():
        Participation.objects.filter(
            practice=practice, program_id=program_id, period=period, valid_to=None
        ).update(valid_to=today - timedelta(days=1))
        made = Participation.objects.create(
            practice=practice, program_id=program_id, period=period, status=status,
            valid_from=today, by=by, at=clock.now(),
        )  # fmt: skip
        trail.record(f"participation.{status}", f"practice:{practice.key}", by, entry=made.pk)


def viability(result: Result) -> registries.ViabilityFinding:
    """Whether staying out would cost the practice something, by its own amounts.

    In the programs of Medicare everybody is in: staying out of reporting is the automatic cut, so
    what it would be paid unenrolled is its base payments and no adjustment.
    """
    version = current(result)
    base = version.paid_cents
    logged = result.practice.admin_costs.filter(is_refused=False)
    return registries.viability(
        registries.Viability(
            without_program=base,
            unenrolled=base,
            enrolled=base + version.cents,
            added_cost=sum(cost.cents for cost in logged),
            revenue=base or None,
        )
    )


def log_cost(cost: AdminCost, by: User) -> None:
    """Note what the program's paperwork took a practice."""
    require(
        unless(cost.minutes >= 0 and cost.wage_cents >= 0, "Minutes and wage are not below 0."),
        unless(cost.cents > 0, "There is nothing to reimburse."),
        unless(
            not cost.invoice_cents or len(cost.invoice_sha256) == 64,
            "An invoice has its SHA-256, so that nobody exchanges it.",
        ),
    )
    with transaction.atomic():
        cost.by, cost.at = by, clock.now()
        cost.save()
        trail.record("cost.logged", f"practice:{cost.practice.key}", by, cost=cost.pk)


def state_resource(resource: CareResource, by: User) -> None:
    """Note a service that patients of a practice can reach."""
    require(unless(resource.wait_days >= 0, "A wait is not below 0 days."))
    with transaction.atomic():
        resource.by, resource.at = by, clock.now()
        resource.save()
        trail.record(
            "resource.stated", f"practice:{resource.practice.key}", by, resource=resource.pk
        )


def missing_services(practice: Practice) -> list[str]:
    """Which of the four services a practice lacks, by its newest entry of each."""
    newest = {r.service: r for r in practice.resources.order_by("pk")}
    stated = [
        registries.Resource(r.service, r.source, r.wait_days, r.conditional_on, r.verified)
        for r in newest.values()
    ]
    lacking = registries.missing_services(stated, clock.now().date())
    return [registries.SERVICES[name] for name in lacking]


def give_role(
    user: User, role: Role, practice: Practice | None, by: User, *, confirmed: bool
) -> Membership:
    """Propose a role, in force once the privacy officer confirms; or give one in a practice."""
    held = Membership.objects.filter(user=user, until=None)
    roles = {Role(r) for r in held.values_list("role", flat=True)} | {role}
    was_scoring = Membership.objects.filter(
        user=user, role__in=[r.value for r in SCORING_TEAM]
    ).exists()
    require(
        unless((role in OF_PRACTICE) == (practice is not None), "Such a role has a practice."),
        unless(not held.filter(role=role, practice=practice).exists(), "The person has this role."),
        *conflicts(roles, was_scoring=was_scoring),
    )
    with transaction.atomic():
        made = Membership.objects.create(
            user=user, role=role, practice=practice, since=clock.now(), is_confirmed=confirmed,
            proposed_by=by,
        )  # fmt: skip
        trail.record("role.given" if confirmed else "role.proposed", f"user:{user.pk}", by,
                     role=str(role), membership=made.pk)  # fmt: skip
    return made


def confirm(membership: Membership, by: User) -> None:
    """The privacy officer lets a proposed role begin."""
    require(
        unless(membership.proposed_by_id != by.pk, "Two persons: one proposes, one confirms."),
        unless(not membership.is_confirmed, "This is confirmed already."),
    )
    with transaction.atomic():
        membership.is_confirmed = True
        membership.save()
        trail.record("role.confirmed", f"user:{membership.user_id}", by, membership=membership.pk)


def end(membership: Membership, by: User) -> None:
    """End a role of somebody else; the entry stays."""
    require(unless(membership.user_id != by.pk, "Nobody ends their own role."))
    with transaction.atomic():
        membership.until = clock.now()
        membership.save()
        trail.record("role.ended", f"user:{membership.user_id}", by, membership=membership.pk)


def add_person(username: str, name: str, password: str, practice: Practice | None) -> User:
    """A new person with a password that was checked."""
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    user = User(username=username.strip(), first_name=name.strip()[:150])
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise RefusedError(error.messages) from error
    require(
        unless(bool(user.username), "A person has a name to sign in with."),
        unless(not User.objects.filter(username=user.username).exists(), "This name is taken."),
    )
    user.set_password(password)
    user.save()
    assert practice is None or not memberships(user).exists()
    return user
