import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseImageReference } from "../../../mod/pure/images/image_reference.ts";
import file from "./image_reference_vectors.json" with { type: "json" };

interface Vector {
  readonly input: string;
  readonly canonical?: string;
  readonly registry?: string;
  readonly refused?: string;
}

const vectors: readonly Vector[] = file.vectors;

/** The canonical form, or undefined for a refused text. */
function canonicalOf(text: string): string | undefined {
  const parsed = parseImageReference(text);
  return "reference" in parsed ? parsed.reference.canonical : undefined;
}

Deno.test("references that Go's parser takes have its canonical form and registry", () => {
  for (const { input, canonical, registry } of vectors) {
    if (canonical === undefined) continue;
    assertEquals(canonicalOf(input), canonical, input);
    const parsed = parseImageReference(input);
    if (registry && "reference" in parsed) assertEquals(parsed.reference.registry, registry, input);
  }
});

Deno.test("references that Go's parser refuses are refused with a reason", () => {
  for (const { input, refused } of vectors) {
    if (refused === undefined) continue;
    const parsed = parseImageReference(input);
    assert("fault" in parsed && parsed.fault !== "", `${JSON.stringify(input)} is taken`);
  }
});

Deno.test("a reference in its parts", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const cases: [string, unknown][] = [
    ["nginx", { registry: "docker.io", repository: "library/nginx", tag: "latest" }],
    ["localhost:5000/a/b:1", { registry: "localhost:5000", repository: "a/b", tag: "1" }],
    [`ghcr.io/a/b:1@${digest}`, { registry: "ghcr.io", repository: "a/b", digest }],
    ["my_host.example/a", { registry: "my_host.example", repository: "a", tag: "latest" }],
  ];
  for (const [text, parts] of cases) {
    const parsed = parseImageReference(text);
    assert("reference" in parsed, text);
    const { canonical: _, ...rest } = parsed.reference;
    assertEquals<unknown>(rest, parts, text);
  }
});

Deno.test("the reason of a refusal helps to mend it", () => {
  const cases: [string, string][] = [
    ["", "it is empty"],
    ["nginx ", "it contains white space"],
    ["--help", 'it must not begin with "-"'],
    ["{{ .Values.image }}", "it is a template that nothing has filled in"],
    ["app:${TAG}", "it is a template that nothing has filled in"],
    ["https://ghcr.io/a/b", 'it must not have a scheme such as "https://"'],
    ["Nginx", "repository name must be lowercase"],
    ["ghcr.io/Org/app", "repository name must be lowercase"],
    ["a".repeat(64), "64 hexadecimal digits are the identifier of an image, not its name"],
    ["a/" + "b".repeat(256), "repository name is longer than 255 characters"],
    ["a:" + "b".repeat(1100), "it is longer than 1024 characters"],
    ["ghcr.io/a/", "repository name is missing after the last slash"],
    ["a@md5:" + "0".repeat(32), 'digest algorithm "md5" is not supported'],
    ["a@sha256:" + "0".repeat(63), "a sha256 digest must have 64 digits"],
    ["a@sha256:" + "A".repeat(64), "digest must be written in lowercase"],
    ["a@sha256:x", "digest must be an algorithm, a colon and at least 32 hexadecimal digits"],
    ["a_/b", "it is not of the form [registry/]repository[:tag][@digest]"],
  ];
  for (const [text, fault] of cases) {
    assertEquals<unknown>(parseImageReference(text), { fault }, JSON.stringify(text));
  }
  const badTag = parseImageReference("nginx:");
  assert("fault" in badTag && badTag.fault.startsWith("tag must have 1 to 128 characters"));
});

Deno.test("any text is either taken or refused, and a canonical form is its own", () => {
  const parts = fc.constantFrom(..."ab1A.-_:/@[] ", "docker.io", "localhost", "library", "sha256:");
  const nasty = fc.array(parts, { maxLength: 12 }).map((list) => list.join(""));
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "grapheme" }), nasty), (text) => {
    const canonical = canonicalOf(text);
    if (canonical !== undefined) assertEquals(canonicalOf(canonical), canonical);
  }));
});

Deno.test("every reference of the grammar is taken, and its parts are found again", () => {
  const letters = (set: string, minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...set), minLength, maxLength });
  const word = letters("abcxyz0189", 1, 8);
  const component = fc.tuple(word, fc.constantFrom("", ".", "_", "__", "-", "---"), word)
    .map((list) => list.join(""));
  const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((l) => l.join("/"));
  const host = fc.oneof(
    fc.constantFrom("localhost", "quay.io", "GHCR.io", "10.0.0.1", "[::1]", "[2001:db8::1]"),
    fc.tuple(word, word).map(([a, b]) => `${a}.${b}`),
  );
  const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
  const registry = fc.tuple(host, port).map(([h, p]) => p === undefined ? h : `${h}:${p}`);
  const tag = fc.tuple(letters("aZ0_", 1, 1), letters("aZ0_.-", 0, 127)).map((l) => l.join(""));
  const digest = letters("0123456789abcdef", 64, 64).map((hex) => `sha256:${hex}`);
  fc.assert(fc.property(registry, repository, tag, digest, (registry, repository, tag, digest) => {
    const name = `${registry}/${repository}`;
    assertEquals<unknown>(parseImageReference(`${name}:${tag}`), {
      reference: { registry, repository, tag, canonical: `${name}:${tag}` },
    });
    assertEquals(canonicalOf(`${name}:${tag}@${digest}`), `${name}@${digest}`);
    assertEquals(canonicalOf(name), `${name}:latest`);
  }));
});
