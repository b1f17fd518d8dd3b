"""Moves a directory and a large file through fsspec's s3 as flytekit does, and writes what came of it as JSON. Arguments: endpoint, bucket, an empty directory."""

import json
import os
import sys

import fsspec

endpoint, bucket, work = sys.argv[1:4]
fs = fsspec.filesystem("s3", key="minio", secret="miniostorage", client_kwargs={"endpoint_url": endpoint}, use_listings_cache=False)
source = os.path.join(work, "source")
os.makedirs(os.path.join(source, "sub"))
for name, text in {"one": "1", "sub/two words": "2", "sub/empty": ""}.items():
    with open(os.path.join(source, name), "w") as file:
        file.write(text)
large = os.urandom(60 << 20)
with open(os.path.join(work, "large"), "wb") as file:
    file.write(large)

seen = {}
fs.put(source, f"s3://{bucket}/data/dir", recursive=True)
seen["found"] = sorted(fs.find(f"s3://{bucket}/data/dir"))
target = os.path.join(work, "target")
fs.get(f"s3://{bucket}/data/dir/", target, recursive=True)
seen["fetched"] = {
    os.path.relpath(os.path.join(folder, name), target): open(os.path.join(folder, name)).read() for folder, _, names in os.walk(target) for name in names
}
fs.put(os.path.join(work, "large"), f"s3://{bucket}/data/large")
fs.get(f"s3://{bucket}/data/large", os.path.join(work, "back"))
with open(os.path.join(work, "back"), "rb") as file:
    seen["large"] = file.read() == large
with fs.open(f"s3://{bucket}/data/large", "rb") as file:
    file.seek(30 << 20)
    seen["seek"] = file.read(1000) == large[30 << 20 : (30 << 20) + 1000]
with fs.open(f"s3://{bucket}/data/stream", "wb") as file:
    for _ in range(3):
        file.write(b"x" * (6 << 20))
seen["streamed"] = fs.info(f"s3://{bucket}/data/stream")["size"]
seen["exists"] = [fs.exists(f"s3://{bucket}/data/none"), fs.isdir(f"s3://{bucket}/data/dir"), fs.isfile(f"s3://{bucket}/data/dir/one")]
fs.rm(f"s3://{bucket}/data", recursive=True)
seen["left"] = fs.find(f"s3://{bucket}/data")
print(json.dumps(seen))
