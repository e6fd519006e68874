"""The SQL of the public look-up. Each question is one statement, prepared once a connection."""

from typing import Final, LiteralString

COLUMNS: Final[LiteralString] = """
    e.number, e.check_code, e.custody_mode, e.submitted_at, e.stated_at,
    e.rejected_at IS NOT NULL,
    s.body, s.leaf_hash,
    t.gen_time, t.serial, t.policy, t.authority,
    l.index, b.root, b.size,
    CASE WHEN b.id IS NOT NULL AND a.batch_id IS NULL THEN ARRAY(
        SELECT y.status FROM attempt y JOIN transaction z ON z.id = y.transaction_id
        WHERE z.batch_id = b.id AND z.status <> 'failed'
    ) END,
    a.chain_id, a.contract, a.transaction_hash, a.block_hash, a.block_number, a.block_time,
    a.confirmations, a.suspended_at IS NOT NULL,
    c.edition, c.number, c.frozen_at, c.pdf_sha256 IS NOT NULL, c.superseded_at IS NOT NULL,
    c.sample,
    r.reason, r.requested_at,
    e.kind,
    ARRAY(
        SELECT g.number FROM matter m JOIN registration g ON g.matter_id = m.id
        WHERE m.evidence_id = e.id ORDER BY g.registered_at
    )
"""

_ROWS: Final[LiteralString] = """
    LEFT JOIN statement s ON s.evidence_id = e.id
    LEFT JOIN timestamp_token t ON t.evidence_id = e.id
    LEFT JOIN leaf l ON l.evidence_id = e.id
    LEFT JOIN batch b ON b.id = l.batch_id
    LEFT JOIN anchor a ON a.batch_id = l.batch_id
    LEFT JOIN LATERAL (
        SELECT edition, number, frozen_at, pdf_sha256, superseded_at, sample FROM certificate
        WHERE evidence_id = e.id ORDER BY edition DESC LIMIT 1
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT v.reason, v.requested_at FROM revocation v
        WHERE v.evidence_id = e.id AND EXISTS (
            SELECT 1 FROM transaction x WHERE x.revocation_id = v.id AND x.status = 'final'
        )
    ) r ON true
"""

# The parts are constants of this file; what is asked for goes in as a parameter.
BY_NUMBER: Final[LiteralString] = (
    "SELECT "  # noqa: S608 - constants
    + COLUMNS
    + " FROM evidence e "
    + _ROWS
    + " WHERE e.number = %s"
)

BY_DIGEST: Final[LiteralString] = (
    "SELECT "  # noqa: S608 - constants
    + COLUMNS
    + " FROM statement_file f JOIN evidence e ON e.id = f.evidence_id "
    + _ROWS
    + " WHERE f.sha256 = %s AND e.public AND e.erased_at IS NULL AND e.rejected_at IS NULL"
    + " ORDER BY e.submitted_at, e.id LIMIT 20"
)

BY_CERTIFICATE: Final[LiteralString] = (
    "SELECT "  # noqa: S608 - constants
    + COLUMNS
    + ", p.number, p.superseded_at IS NOT NULL, p.sample"
    + " FROM certificate p JOIN evidence e ON e.id = p.evidence_id "
    + _ROWS
    + " WHERE p.pdf_sha256 = %s LIMIT 1"
)

BY_REGISTRATION: Final[LiteralString] = (
    "SELECT "  # noqa: S608 - constants
    + COLUMNS
    + ", g.number, g.registered_at, q.number"
    + " FROM registration g JOIN evidence e ON e.id = g.record_evidence_id "
    + _ROWS
    + " LEFT JOIN software_certificate_number q ON q.registration_id = g.id"
    + " WHERE g.id IN (SELECT id FROM registration WHERE number = ANY(%s) UNION ALL"
    + " SELECT registration_id FROM software_certificate_number WHERE number = ANY(%s)) LIMIT 1"
)

ENTRY: Final[LiteralString] = """
    SELECT g.office, g.record, n.registration_id IS NOT NULL, f.value ->> 'value'
    FROM evidence e
    JOIN LATERAL (
        SELECT k.id FROM registration k WHERE k.record_evidence_id = e.id UNION ALL
        SELECT v.registration_id FROM registration_revocation v WHERE v.record_evidence_id = e.id
    ) k ON true
    JOIN registration g ON g.id = k.id
    LEFT JOIN announcement n ON n.registration_id = g.id
    LEFT JOIN evidence_fact f ON f.evidence_id = e.id AND f.name = 'stored_at'
    WHERE e.number = %s
"""
"""The registration that an evidence is the record of, or the record of whose revocation it is; and
when its files were stored, which was before: they are those of an earlier deposit.
"""

IN_FORCE: Final[LiteralString] = """
    SELECT EXISTS (
        SELECT 1 FROM office_act a WHERE a.act = 'enforced' AND NOT EXISTS (
            SELECT 1 FROM office_act b WHERE b.office = a.office AND b.id > a.id
        )
    )
"""
"""Whether some office is in force: while none is, everything here is a sample."""
