"""What people fill in. A form says what is missing before any rule is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from openp4p.portal.acts.exporting import PURPOSES, Asked
from openp4p.portal.models import AdminCost, CareResource
from openp4p.portal.models.disputes import CATEGORIES
from openp4p.review.disputes import OUTCOMES, REASON_CODES
from openp4p.review.refusals import RefusedError
from openp4p.review.roles import NAMES, Role
from openp4p.review.variances import CODES

ITEM_FIELDS = {
    "beneficiary_id": "Patient",
    "claim_id": "Claim number",
    "measure": "Measure",
    "case_id": "Case",
    "npi": "Clinician (NPI)",
    "field": "Field",
    "code": f"Reason ({', '.join(CODES)})",
    "claimed_value": "What it should be",
}
_Day = forms.DateInput(attrs={"type": "date"})


def valid(form: forms.Form) -> dict[str, Any]:
    """The cleaned values, or a refusal that names every field that is wrong."""
    if form.is_valid():
        return dict(form.cleaned_data)
    said = []
    for name, errors in form.errors.items():
        label = "" if name == "__all__" else f"{form[name].label}: "
        said += [f"{label}{error}" for error in errors]
    raise RefusedError(said)


class DisputeForm(forms.Form):
    """A dispute: what kind, about what, why, and files that show it."""

    category = forms.ChoiceField(choices=CATEGORIES, label="What is wrong")
    text = forms.CharField(
        max_length=4000,
        label="Say in words what is wrong",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in ITEM_FIELDS.items():
            self.fields[name] = forms.CharField(max_length=200, label=label, required=False)

    @property
    def items(self) -> list[dict[str, str]]:
        """What the dispute names; several patients or cases are separated by commas."""
        said = {name: self.cleaned_data.get(name, "") for name in ITEM_FIELDS}
        listed = next((n for n in ("beneficiary_id", "case_id", "claim_id") if said[n]), "")
        parts = [part.strip() for part in said[listed].split(",")] if listed else [""]
        return [{**said, listed: part} if listed else said for part in parts]


class TextForm(forms.Form):
    """Some words."""

    text = forms.CharField(max_length=4000, label="Text", widget=forms.Textarea(attrs={"rows": 3}))


class PerhapsTextForm(forms.Form):
    """Some words, or none."""

    text = forms.CharField(max_length=4000, required=False, label="Text")


class ExportForm(forms.Form):
    """Purpose, recipient, expiry and undertaking of a file."""

    purpose = forms.ChoiceField(
        choices=[(c, f"{c}: {w}") for c, w in PURPOSES.items()], label="Purpose of use"
    )
    recipient = forms.CharField(max_length=200, label="Who receives the file")
    expires = forms.DateField(label="To be deleted by", widget=_Day)
    undertaking = forms.BooleanField(label="I agree to the terms of use above", required=True)

    def asked(self) -> Asked:
        """What was stated."""
        return Asked(**valid(self))


class VarianceForm(forms.Form):
    """A patient taken out of a measure."""

    beneficiary_id = forms.CharField(max_length=60, label="Patient")
    measure = forms.ChoiceField(label="Measure")
    code = forms.ChoiceField(choices=[(c, f"{c}: {w}") for c, w in CODES.items()], label="Reason")
    note = forms.CharField(max_length=200, required=False, label="Note (optional)")

    def __init__(self, *args: Any, measures: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = [(name, name.replace("_", " ")) for name in sorted(set(measures))]
        self.fields["measure"].choices = words  # type: ignore[attr-defined]


class ParticipationForm(forms.Form):
    """In or out of a program for a period."""

    program_id = forms.CharField(max_length=100, label="Program")
    period = forms.IntegerField(min_value=2000, max_value=2100, label="Performance period")
    status = forms.ChoiceField(
        choices=[("enrolled", "take part"), ("declined", "not take part"),
                 ("withdrawn", "withdraw")],
        label="We",
    )  # fmt: skip


class CostForm(forms.ModelForm):  # type: ignore[type-arg]
    """Paperwork of one day."""

    class Meta:
        model = AdminCost
        fields = ("date", "activity", "role", "minutes", "wage_cents", "invoice_cents",
                  "invoice_sha256")  # fmt: skip
        widgets = {"date": _Day}
        labels = {
            "wage_cents": "Published wage of the role (cents an hour)",
            "invoice_cents": "Invoice (cents)",
            "invoice_sha256": "SHA-256 of the invoice",
        }


class ResourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A service that patients can reach."""

    class Meta:
        model = CareResource
        fields = ("service", "source", "fte", "wait_days", "funder", "conditional_on", "verified")
        widgets = {"verified": _Day}
        labels = {"fte": "Full-time equivalents", "wait_days": "Wait (days)",
                  "conditional_on": "On condition of", "verified": "Verified on"}  # fmt: skip


class StepForm(forms.Form):
    """A step of a run, with a reason where one is asked for."""

    reason = forms.CharField(max_length=1000, required=False, label="Reason")
    last_day = forms.DateField(required=False, label="New last day", widget=_Day)


class SuccessorForm(forms.Form):
    """Which run takes the place of one, and why."""

    successor = forms.ChoiceField(label="The run that takes its place")
    reason = forms.CharField(max_length=1000, label="Which error was found")

    def __init__(self, *args: Any, runs: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"].choices = list(runs)  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """A decision, its reasons and its rule."""

    outcome = forms.ChoiceField(
        choices=[(o.value, o.value.replace("_", " ")) for o in OUTCOMES], label="Decision"
    )
    reason_code = forms.ChoiceField(choices=list(REASON_CODES.items()), label="Reason")
    text = forms.CharField(
        max_length=4000, label="Reasons in words", widget=forms.Textarea(attrs={"rows": 4})
    )
    rule = forms.CharField(max_length=300, required=False, label="Rule the decision rests on")
    kind = forms.CharField(max_length=40, required=False, label="Correction")


class PersonForm(forms.Form):
    """A new person, or a role for one who is there."""

    username = forms.CharField(max_length=150, label="Name to sign in with")
    name = forms.CharField(max_length=150, required=False, label="Name")
    password = forms.CharField(
        max_length=200, required=False, label="First password (of a new person)",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    role = forms.ChoiceField(choices=[(r.value, NAMES[r]) for r in Role], label="Role")
    npi = forms.CharField(max_length=10, required=False, label="NPI (of a clinician)")
    practice = forms.CharField(max_length=40, required=False, label="Practice (billing number)")


class MoneyForm(forms.Form):
    """Money into the supplemental fund, or back."""

    dollars = forms.DecimalField(
        min_value=0, max_digits=14, decimal_places=2, label="Amount in dollars"
    )
    way = forms.ChoiceField(choices=[("in", "pay in"), ("back", "take back")], label="Way")


class SearchForm(forms.Form):
    """Words to look for."""

    q = forms.CharField(max_length=60, required=False, label="Search")
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False)

    @property
    def words(self) -> str:
        """What to look for; nothing where it makes no sense."""
        return str(self.cleaned_data.get("q", "")).strip() if self.is_valid() else ""

    @property
    def number(self) -> int:
        """The page."""
        return int(self.cleaned_data.get("page") or 1) if self.is_valid() else 1
