"""How an upload is usually written with FastAPI: a form field, copied to a file, then hashed."""

import hashlib
import os
import shutil
from pathlib import Path

from fastapi import FastAPI, UploadFile

app = FastAPI()
_FOLDER = Path(os.environ["UPLOAD_FOLDER"])


@app.post("/")
def store(file: UploadFile) -> dict[str, str]:
    path = _FOLDER / "stored"
    with path.open("wb") as out:
        shutil.copyfileobj(file.file, out, 1024 * 1024)
    with path.open("rb") as stored:
        digest = hashlib.file_digest(stored, "sha256").hexdigest()
    path.rename(_FOLDER / digest)
    return {"sha256": digest}
