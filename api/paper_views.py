"""From profiles and cases to what an applicant sees of papers."""

from api.following_schemas import WordsOut
from api.paper_schemas import AskedOut, DocumentOut, ExampleOut, SampleOut
from registry.asking import ON_FILE, Lacking, documents_for, lacking_as_said, strangers
from registry.form import Form
from registry.paper_case import Case
from registry.paper_kinds import comes_by_itself, kind_of, parts_of
from registry.paper_words import spoken
from registry.profile import Profile
from registry.profile_parts import Sample
from registry.rules import Asked
from registry.words import Words


def asked_out(profile: Profile, form: Form) -> AskedOut:
    """Everything this form will be asked for at this office; who the applicant is, and what is on
    file, is not known yet.
    """
    sample, lacking = profile.samples.get(form.category or ""), lacking_as_said(form)
    asked = documents_for(profile, form, profile.area)
    return AskedOut(
        office=profile.key,
        version=profile.version,
        documents=[_document(each, profile, form, lacking) for each in asked],
        sample=None if sample is None else sample_out(sample),
    )


def sample_out(sample: Sample) -> SampleOut:
    """The sample of a category."""
    return SampleOut(
        what=_words(sample.what),
        formats=list(sample.formats),
        most_bytes=sample.most_bytes,
        least_dpi=sample.least_dpi,
        pages=sample.pages,
    )


def example_out(case: Case, code: str) -> ExampleOut:
    """A worked example as data."""
    answer = case.answers.get(code, "")
    return ExampleOut(
        code=code,
        name=_words(spoken(case.profile.documents[code].name, case.form)),
        form=case.form.plain(),
        answer=answer if isinstance(answer, str) else dict(answer),
    )


def _document(asked: Asked, profile: Profile, form: Form, lacking: Lacking) -> DocumentOut:
    document = asked.document
    known = not strangers(document, form, profile.area, lacking)
    return DocumentOut(
        code=asked.code,
        name=_words(spoken(document.name, form)),
        needed=asked.needed,
        because=_words(spoken(_explained(asked), form)),
        how=list(document.how),
        proves=list(document.proves),
        comes_by_itself=comes_by_itself(asked.code, document, known=known),
        parts={
            name: _words(spoken(words, form))
            for name, words in parts_of(asked.code, document).items()
            if "online" in document.how
        },
        formats=list(document.formats),
        most_bytes=document.most_bytes,
        signed=document.signed,
        sealed_by_organisations=document.seal_for_organisations,
        has_template=kind_of(asked.code, document) is not None,
        has_example=document.example,
    )


def _explained(asked: Asked) -> Words:
    """Why it is asked for; of papers of identity, for whom they come of themselves."""
    because = asked.because
    if not comes_by_itself(asked.code, asked.document, known=True) or (
        "identity" not in asked.document.proves
    ):
        return because
    return Words(f"{because.zh};{ON_FILE.zh}", f"{because.en}; {ON_FILE.en}")


def _words(words: Words) -> WordsOut:
    return WordsOut(zh=words.zh, en=words.en)
