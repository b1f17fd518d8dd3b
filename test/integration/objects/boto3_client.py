"""Drives an S3 server with boto3 and writes what came of it as JSON. Arguments: endpoint, bucket."""

import base64
import hashlib
import io
import json
import sys
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, bucket = sys.argv[1:3]
s3 = boto3.client(
    "s3",
    endpoint_url=endpoint,
    aws_access_key_id="minio",
    aws_secret_access_key="miniostorage",
    region_name="us-east-1",
    config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
)
seen = {}


def code_of(call):
    try:
        call()
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return None


def http(method, url, data=None, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers or {})) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return [error.code, text.split("<Code>")[1].split("</Code>")[0]]


key = "dir/ä b+c.txt"
s3.put_object(Bucket=bucket, Key=key, Body=b"hello", ContentType="text/plain", Metadata={"owner": "me"})
got = s3.get_object(Bucket=bucket, Key=key)
seen["get"] = [got["Body"].read().decode(), got["ContentType"], got["Metadata"]]
seen["head"] = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
seen["range"] = s3.get_object(Bucket=bucket, Key=key, Range="bytes=1-3")["Body"].read().decode()
seen["absent"] = code_of(lambda: s3.head_object(Bucket=bucket, Key="none"))
seen["not replaced"] = code_of(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*"))

for name in ["l/a", "l/a/b", "l/c d", "l/e&f", "l/ü"]:
    s3.put_object(Bucket=bucket, Key=name, Body=b"x")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="l/", PaginationConfig={"PageSize": 2})
seen["list"] = [item["Key"] for page in pages for item in page.get("Contents", [])]
rolled = s3.list_objects_v2(Bucket=bucket, Prefix="l/", Delimiter="/")
seen["rolled"] = [[item["Key"] for item in rolled["Contents"]], [entry["Prefix"] for entry in rolled["CommonPrefixes"]]]
seen["list v1"] = [item["Key"] for item in s3.list_objects(Bucket=bucket, Prefix="l/")["Contents"]]

large = bytes(range(256)) * (30 * 4096)
s3.upload_fileobj(io.BytesIO(large), bucket, "large", Config=TransferConfig(multipart_threshold=8 << 20, multipart_chunksize=8 << 20))
back = io.BytesIO()
s3.download_fileobj(bucket, "large", back)
seen["large"] = [len(large), hashlib.sha256(back.getvalue()).hexdigest() == hashlib.sha256(large).hexdigest()]

right = base64.b64encode(hashlib.md5(b"payload").digest()).decode()
wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "signed", "ContentMD5": right}, ExpiresIn=60)
seen["signed put, wrong header"] = http("PUT", url, b"payload", {"Content-MD5": wrong})
seen["signed put, wrong body"] = http("PUT", url, b"changed", {"Content-MD5": right})
seen["signed put"] = http("PUT", url, b"payload", {"Content-MD5": right})
seen["signed get"] = http("GET", s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed"}, ExpiresIn=60))

s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": name} for name in seen["list"]], "Quiet": True})
s3.delete_object(Bucket=bucket, Key=key)
s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "signed"})
seen["left"] = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]

old = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="minio", aws_secret_access_key="miniostorage", config=Config(signature_version="s3"))
seen["version 2"] = http("GET", old.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed"}))
forged = boto3.client("s3", endpoint_url=endpoint, aws_access_key_id="minio", aws_secret_access_key="wrong", region_name="us-east-1")
seen["forged"] = [code_of(lambda: forged.list_buckets()), code_of(lambda: forged.put_object(Bucket=bucket, Key="forged", Body=large))]
print(json.dumps(seen))
