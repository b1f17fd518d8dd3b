import { expect, test } from "vitest";
import { imageReference } from "./image-reference.ts";

test.for([
  ["postgres", { newName: "postgres", newTag: "latest" }],
  ["postgres:17", { newName: "postgres", newTag: "17" }],
  ["host:5000/team/name", { newName: "host:5000/team/name", newTag: "latest" }],
  ["host:5000/team/name:v1", { newName: "host:5000/team/name", newTag: "v1" }],
  ["name@sha256:ab", { newName: "name", digest: "sha256:ab" }],
  ["host:5000/name:v1@sha256:ab", { newName: "host:5000/name", digest: "sha256:ab" }],
] as const)("%s", ([image, parts]) => {
  expect(imageReference(image)).toEqual(parts);
});
