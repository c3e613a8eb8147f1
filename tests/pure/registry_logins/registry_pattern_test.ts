import { assertEquals } from "@std/assert";
import {
  parseMatchImage,
  parsePattern,
  servesRepository,
} from "../../../mod/pure/registry_logins/registry_pattern.ts";

// TestUrlsMatch of kubelet's pkg/credentialprovider/keyring_test.go.
const KUBELETS = [
  ["*.kubernetes.io", "prefix.kubernetes.io", true],
  ["prefix.*.io", "prefix.kubernetes.io", true],
  ["prefix.kubernetes.*", "prefix.kubernetes.io", true],
  ["*-good.kubernetes.io", "prefix-good.kubernetes.io", true],
  ["*.kubernetes.io/blah", "prefix.kubernetes.io/blah", true],
  ["prefix.*.io/foo", "prefix.kubernetes.io/foo/bar", true],
  ["*.kubernetes.io:1111/blah", "prefix.kubernetes.io:1111/blah", true],
  ["prefix.*.io:1111/foo", "prefix.kubernetes.io:1111/foo/bar", true],
  ["*.kubernetes.io", "kubernetes.io", false],
  ["*.*.kubernetes.io", "prefix.kubernetes.io", false],
  ["*.*.kubernetes.io", "kubernetes.io", false],
  ["kubernetes.io", "kubernetes.com", false],
  ["k*.io", "quay.io", false],
  ["*.kubernetes.io:1234/blah", "prefix.kubernetes.io:1111/blah", false],
  ["prefix.*.io/foo", "prefix.kubernetes.io:1111/foo/bar", false],
] as const;

const OURS = [
  // One star is for one label: nobody gets the login of *.example by a name below it.
  ["*.example", "a.b.example/app", false],
  ["registry.example", "registry.example.attacker.example/app", false],
  ["registry.example/team", "registry.example/other/app", false],
  ["registry.example/team", "registry.example/team/app", true],
  ["registry[1-3].example", "registry2.example/app", true],
  ["registry[1-3].example", "registry4.example/app", false],
  ["registry[^1-3].example", "registry4.example/app", true],
  ["a*b*c.example", "a-b-b-c.example/app", true],
  ["a*b*c.example", "a-b-c-d.example/app", false],
  ["[::1]:5000", "[::1]:5000/app", true],
  ["[::1]:5000", "[::2]:5000/app", false],
  ["localhost:5000", "localhost:5000/app", true],
  // As in Go, what follows a question mark is a query.
  ["registry?.example", "registry1.example/app", false],
] as const;

for (const [pattern, name, expected] of [...KUBELETS, ...OURS]) {
  Deno.test(`"${pattern}" ${expected ? "serves" : "does not serve"} ${name}`, () => {
    for (const parsed of [parsePattern(pattern), parseMatchImage(pattern)]) {
      assertEquals(parsed && servesRepository(parsed, name), expected);
    }
  });
}

Deno.test("a pattern of many stars is decided at once", () => {
  const pattern = parsePattern(`${"*a".repeat(2000)}b.example`);
  assertEquals(pattern && servesRepository(pattern, `${"a".repeat(4000)}.example/app`), false);
});

Deno.test("what has no host is no pattern", () => {
  for (const text of ["", "/path", "https://", "a b.example", "registry.example:port"]) {
    assertEquals(parsePattern(text), undefined, text);
  }
});

Deno.test("user and password in the name of an entry are left out", () => {
  assertEquals(parsePattern("https://me:secret@registry.example/v2/")?.key, "registry.example");
});
