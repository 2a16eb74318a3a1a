"""Tables of what came in: files as they were, what was wrong in them, and policy files."""

from sqlalchemy import Index, UniqueConstraint

from claims.store.schema import (
    belongs_to,
    content,
    day,
    from_file,
    known_on,
    number,
    small,
    table,
    text,
)

PRACTICES = table(
    "practices",
    "The practices whose data this database holds",
    (),
    text("member_key_check", "Tells whether the member key at hand is the one in use here"),
    text("created_at", "Instant at which the practice's first file came"),
)

FILES = table(
    "files",
    "Every file that was received, once for each content",
    ("file_id",),
    number("file_id", "Number of the file"),
    text("digest", "SHA-256 of its bytes, hexadecimal"),
    text("name", "Its name, without folders"),
    text("kind", "What it held: claims, remittances, notes, authorizations, benefits, policies"),
    known_on(),
    text("known_by", "How that day was found: received, name, group (GS04), record, today"),
    day("received", "The day that was given with the file (--received)", maybe=True),
    number("size", "Bytes"),
    text("kept_at", "Instant at which it was put here"),
    small("read_with", "Version of the reading; NULL: it waits to be read again", maybe=True),
    UniqueConstraint("practice_id", "digest"),
)

FILE_PARTS = table(
    "file_parts",
    "The files' bytes, in parts of a megabyte, each compressed with zlib",
    ("file_id", "part"),
    number("file_id", "The file"),
    small("part", "Place of the part, from 1"),
    content("content", "Its bytes, compressed"),
    belongs_to(FILES, "file_id"),
)

REJECTS = table(
    "rejects",
    "What was wrong in the files; never the value that was wrong",
    ("reject_id",),
    number("reject_id", "Number of the problem"),
    number("file_id", "The file"),
    text("severity", "error: something could not be read; warning: it was, but does not agree"),
    text("message", "What is wrong, and what was expected"),
    number("segment", "X12: number of the segment", maybe=True),
    text("segment_id", "X12: its id", maybe=True),
    number("row", "CSV and JSON lines: the line of the file", maybe=True),
    text("field", "Element, column or path", maybe=True),
    text("claim_id", "The claim concerned, where its number was readable", maybe=True),
    belongs_to(FILES, "file_id"),
    Index(None, "practice_id", "file_id"),
)

POLICY_FILES = table(
    "policy_files",
    "Payer policies as they came, whole; a rule's own days stand in the text",
    ("policy_file_id",),
    number("policy_file_id", "Number of the policy file"),
    *from_file(),
    known_on(),
    text("name", "The file's name: a later file of the same name takes its place"),
    text("content", "YAML text"),
    belongs_to(FILES, "file_id"),
    Index(None, "practice_id", "file_id"),
)
