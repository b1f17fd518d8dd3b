import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, startTestSandbox, testPython, type Endpoints } from "../support/test-sandbox.ts";
import { driverResults, pyflyteRegister, workspace } from "../support/conformance-driver.ts";

describe("FlyteRemote's other calls and boto3", () => {
  let home: Home;
  let endpoints: Endpoints;
  let out: Record<string, unknown>;

  beforeAll(async () => {
    home = await Home.make();
    endpoints = await startTestSandbox(home);
    await pyflyteRegister(home, workspace, "literals");
    out = await driverResults<Record<string, unknown>>(home, "remote_calls.py", workspace);
  });
  afterAll(() => home?.[Symbol.asyncDispose]());

  test.each([
    ["registered", ["literals.errors.fails_late", "script"]],
    ["again", true],
    ["nodes", ["n0", "n1", "n2"]],
    ["ran", ["SUCCEEDED", 0]],
    ["same name", true],
    ["by url", 0],
    ["inputs by url", ["x"]],
    ["terminated", ["ABORTED", ["ABORTED"]]],
    ["recent", true],
  ])("%s", (what, value) => {
    expect(out[what]).toEqual(value);
  });

  test.each([
    ["terminated again", /Cannot abort an already terminated workflow execution/],
    ["no such task", /missing entity of type TASK with identifier/],
    [
      "no such project",
      /failed to validate that project \[nobody\] and domain \[development\] are registered, err: \[project \[nobody\] not found\]/,
    ],
  ])("%s is refused with Flyte's text", (what, text) => {
    expect(String(out[what]).replace(/\s+/g, " ")).toMatch(text);
  });

  test("boto3 reads an execution's outputs from the object store", async () => {
    const script = [
      "import boto3, sys, json",
      "from botocore.config import Config",
      "s3 = boto3.client('s3', endpoint_url=sys.argv[1], aws_access_key_id='minio', aws_secret_access_key='miniostorage', region_name='us-east-1', config=Config(s3={'addressing_style': 'path'}))",
      "keys = [o['Key'] for p in s3.get_paginator('list_objects_v2').paginate(Bucket='my-s3-bucket', Prefix='metadata/propeller/') for o in p.get('Contents', [])]",
      "from flyteidl.core.literals_pb2 import LiteralMap",
      "key = next(k for k in keys if k.endswith('/n0/data/0/outputs.pb'))",
      "print(json.dumps([key.split('/')[2:][1:], LiteralMap.FromString(s3.get_object(Bucket='my-s3-bucket', Key=key)['Body'].read()).literals['o0'].scalar.primitive.integer]))",
    ].join("\n");
    const ran = await home.run(testPython(), ["-c", script, endpoints.blob.endpoint]);
    expect(ran.stderr).toBe("");
    expect(JSON.parse(ran.stdout)).toEqual([["n0", "data", "0", "outputs.pb"], 0]);
  });
});
