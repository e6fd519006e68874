"""From a profile to what anybody may know of an office. Pure; nothing of a profile is secret."""

from collections.abc import Iterable, Mapping

from api.following_schemas import WordsOut
from api.office_schemas import (
    CategoryOut,
    ChoiceOut,
    ClockOut,
    ConditionOut,
    DeliveryWayOut,
    ExtensionOut,
    FeeItemOut,
    OfficeBatchOut,
    OfficeDeliveryOut,
    OfficeDocumentOut,
    OfficeEntry,
    OfficeEvidenceOut,
    OfficeFeesOut,
    OfficeFilingOut,
    OfficeNoticeOut,
    OfficeOut,
    OfficeSigningOut,
    StageOut,
)
from api.paper_views import sample_out
from registry import choices, profile_words
from registry.confirming import unconfirmed
from registry.explaining import explain_clock, explain_numbering
from registry.paper_kinds import kind_of, parts_of
from registry.profile import Profile
from registry.profile_parts import Clock, Condition, Document, Fee
from registry.rules import explain_condition, wishes
from registry.words import Words


def office_entry(profile: Profile, *, in_force: bool) -> OfficeEntry:
    """One line of the list of offices."""
    return OfficeEntry(
        key=profile.key,
        name=_words(profile.name),
        platform=_words(profile.platform),
        area=profile.area,
        forms=_several(profile.forms, choices.FORMS),
        in_force=in_force,
    )


def office_out(profile: Profile, *, in_force: bool) -> OfficeOut:
    """All of an office, part by part."""
    told, agencies = profile.appointments, profile.agencies or {}
    return OfficeOut(
        **dict(office_entry(profile, in_force=in_force)),
        version=profile.version,
        rules_sha256=profile.digest.hex(),
        categories=[_category(profile, each) for each in profile.categories],
        filing=_filing(profile),
        agencies=[ChoiceOut(key=key, name=_words(each.name)) for key, each in agencies.items()],
        appointment=None if told is None else _words(told.said),
        documents=[_document(profile, *each) for each in profile.documents.items()],
        signing=_signing(profile),
        fees=_fees(profile),
        evidence=_evidence(profile),
        most_bytes=dict(profile.most_bytes or {}),
        stages=[
            StageOut(
                stage=each.stage, by=_choice(each.by, profile_words.ACTORS), name=_words(each.name)
            )
            for each in profile.stages
        ],
        clocks=[_clock(each) for each in profile.clocks],
        numbering=[_words(each) for each in explain_numbering(profile)],
        delivery=_delivery(profile),
        batch=OfficeBatchOut(
            accounts=_several(profile.batch.accounts, profile_words.ACCOUNTS),
            most=profile.batch.most,
            dedicated_from=profile.batch.dedicated_from,
            dedicated=_said(profile.batch.dedicated),
            series=profile.batch.series,
        ),
        notice=OfficeNoticeOut(
            public=profile.notice.public,
            fields=list(profile.notice.fields),
            search=list(profile.notice.search),
            note=_said(profile.notice.note),
        ),
        texts={key: _words(words) for key, words in (profile.texts or {}).items()},
        unconfirmed=list(unconfirmed(profile)),
    )


def _category(profile: Profile, key: str) -> CategoryOut:
    return CategoryOut(
        key=key,
        name=_words(choices.CATEGORIES[key]),
        letter=profile.letter(key) or None,
        sample=sample_out(profile.samples[key]),
    )


def _filing(profile: Profile) -> OfficeFilingOut:
    filing = profile.filing
    return OfficeFilingOut(
        accounts=_several(filing.accounts, profile_words.ACCOUNTS),
        agents=_choice(filing.agents, profile_words.AGENTS),
        area=_choice(filing.area_rule, profile_words.AREAS),
        agency=_choice(filing.agency, profile_words.AGENCY),
        minors=_choice(filing.minors, profile_words.MINORS),
        identity=_choice(filing.identity, profile_words.IDENTITY),
        verification=_choice(filing.verification, profile_words.VERIFICATION),
        person_papers=_several(filing.person_papers, profile_words.IDENTITY_PAPERS),
        body_papers=_several(filing.body_papers, profile_words.IDENTITY_PAPERS),
        person_facts=_several(filing.person_facts, profile_words.IDENTITY_FACTS),
        body_facts=_several(filing.body_facts, profile_words.IDENTITY_FACTS),
        transaction_password=filing.transaction_password,
        trading_consent=filing.trading_consent,
        note=_said(filing.note),
    )


def _document(profile: Profile, code: str, document: Document) -> OfficeDocumentOut:
    at = f"/api/v1/offices/{profile.key}/documents/{code}"
    online = "online" in document.how
    return OfficeDocumentOut(
        code=code,
        name=_words(document.name),
        needed=document.needed,
        why=_words(document.why),
        when=[_condition(each) for each in document.when],
        how=_several(document.how, profile_words.HOW),
        proves=list(document.proves),
        parts={name: _words(words) for name, words in parts_of(code, document).items()}
        if online
        else {},
        formats=list(document.formats),
        most_bytes=document.most_bytes,
        personal=document.personal,
        signed=document.signed,
        sealed_by_organisations=document.seal_for_organisations,
        template=None if kind_of(code, document) is None else f"{at}/template.pdf",
        example=f"{at}/example.pdf" if document.example else None,
    )


def _condition(condition: Condition) -> ConditionOut:
    facts: dict[str, list[str] | bool] = {}
    for name, wanted in wishes(condition):
        facts[name] = wanted[0] if isinstance(wanted[0], bool) else [str(each) for each in wanted]
    return ConditionOut(said=_words(explain_condition(condition)), facts=facts)


def _signing(profile: Profile) -> OfficeSigningOut:
    signing = profile.signing
    return OfficeSigningOut(
        order=_choice(signing.order, profile_words.ORDERS),
        signers=_several(signing.signers, profile_words.SIGNERS),
        individuals=_choice(signing.individuals, profile_words.SIGNED_BY_INDIVIDUALS),
        organisations=_choice(signing.organisations, profile_words.SIGNED_BY_ORGANISATIONS),
        submits_itself=signing.submits_itself,
        after_return=_choice(signing.after_return, profile_words.SIGNED_AGAIN),
        agents_sign=signing.agents_sign,
        note=_said(signing.note),
    )


def _fees(profile: Profile) -> OfficeFeesOut:
    fees, items = profile.fees, profile.fees.items or {}
    return OfficeFeesOut(
        due=_choice(fees.due, profile_words.DUE),
        currency=fees.currency,
        items=[_fee(key, each) for key, each in items.items()],
        waivers=[_words(each.why) for each in fees.waivers],
        ways=_several(fees.ways, profile_words.PAYING),
        urgent=any(each.urgent for each in items.values()),
        refund_on_refusal=fees.refund_on_refusal,
        invoice=fees.invoice,
        source=fees.source,
        note=_said(fees.note),
    )


def _evidence(profile: Profile) -> OfficeEvidenceOut | None:
    rules = profile.evidence
    if rules is None:
        return None
    return OfficeEvidenceOut(
        fee=rules.fee, currency=profile.fees.currency, reviewed=rules.review, source=rules.source
    )


def _fee(key: str, fee: Fee) -> FeeItemOut:
    return FeeItemOut(
        key=key,
        name=_words(fee.name),
        amount=fee.amount,
        per=fee.per,
        forms=list(fee.form),
        categories=list(fee.category),
        applicants=list(fee.applicant),
        urgent=fee.urgent,
        source=fee.source,
    )


def _clock(clock: Clock) -> ClockOut:
    more = clock.extension
    return ClockOut(
        purpose=_choice(clock.purpose, profile_words.PURPOSES),
        starts=_choice(clock.starts, profile_words.STARTS),
        amount=clock.amount,
        unit=clock.unit,
        acts=_choice(clock.acts, profile_words.ACTORS),
        at_end=clock.at_end,
        forms=list(clock.form),
        restarts=list(clock.restarts),
        remind_before=list(clock.remind_before),
        extension=None
        if more is None
        else ExtensionOut(amount=more.amount, unit=more.unit, times=more.times, source=more.source),
        note=_said(clock.note),
        source=clock.source,
        said=_words(explain_clock(clock)),
    )


def _delivery(profile: Profile) -> OfficeDeliveryOut:
    delivery = profile.delivery
    return OfficeDeliveryOut(
        electronic=delivery.electronic,
        paper=[
            DeliveryWayOut(
                key=key, name=_words(way.name), note=_said(way.note), address=way.address
            )
            for key, way in (delivery.paper or {}).items()
        ],
        papers_to=delivery.papers_to,
        papers_needed=delivery.papers_needed,
        note=_said(delivery.note),
    )


def _choice(key: str, known: Mapping[str, Words]) -> ChoiceOut:
    return ChoiceOut(key=key, name=_words(known[key]))


def _several(keys: Iterable[str], known: Mapping[str, Words]) -> list[ChoiceOut]:
    return [_choice(each, known) for each in keys]


def _words(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)


def _said(words: Words | None) -> WordsOut | None:
    return None if words is None else _words(words)
