import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import {
  beatKey,
  META_KEY,
  nodeKey,
  parseStateKey,
  partKey,
  reportKey,
  UNINSTALL_KEY,
  wantedKey,
  whereKey,
  whyKey,
} from "../../../mod/pure/bucket/state_keys.ts";

/** What `nats` accepts as a key, and what a NATS subject asks of it besides. */
const NATS_KEY = /^[-/=.\w]+$/;

const anyName = fc.string({ minLength: 1, unit: "binary" });

const makers = {
  wanted: wantedKey,
  why: whyKey,
  node: nodeKey,
  report: reportKey,
  beat: beatKey,
} as const;

for (const [type, makeKey] of Object.entries(makers)) {
  Deno.test(`a ${type} key gives back the name it was made of`, () => {
    fc.assert(fc.property(anyName, (name) => {
      assertEquals<unknown>(parseStateKey(makeKey(name)), { type, name });
    }));
  });
}

Deno.test("a key is one that NATS takes, whatever the name is", () => {
  const dotted = fc.string({ minLength: 1, unit: fc.constantFrom(".", "a", "=", ":", "é", "*") });
  fc.assert(fc.property(fc.oneof(anyName, dotted), (name) => {
    const parts = [partKey, whereKey].map((makeKey) => (name: string) => makeKey(64, name));
    for (const makeKey of [...Object.values(makers), ...parts]) {
      const key = makeKey(name);
      assertMatch(key, NATS_KEY);
      assert(!key.split(".").includes(""), `${key} has an empty part`);
    }
  }));
});

Deno.test("a part's key gives back its number and the name, and no other number is one", () => {
  fc.assert(fc.property(anyName, fc.integer({ min: 2, max: 64 }), (name, part) => {
    assertEquals<unknown>(parseStateKey(partKey(part, name)), { type: "part", part, name });
  }));
  assertEquals(partKey(2, "ip-10-0-0-1.ec2.internal"), "part.2.ip-10-0-0-1.ec2.internal");
  for (const key of ["part.1.n", "part.0.n", "part.02.n", "part.65.n", "part.2", "part.x.n"]) {
    assertEquals(parseStateKey(key), undefined, key);
  }
});

Deno.test("further parts of an image come with its key, and are none to versions without parts", () => {
  fc.assert(fc.property(anyName, fc.integer({ min: 2, max: 64 }), (name, part) => {
    const key = whereKey(part, name);
    assertEquals<unknown>(parseStateKey(key), { type: "where", part, name });
    const [, afterEquals = ""] = /^wanted\.=(.+)$/.exec(key) ?? [];
    assertEquals(/^[0-9A-F]{2}/.test(afterEquals), false, "an escaped byte would be a name's");
  }));
  for (const number of ["1", "0", "02", "65", "x", ""]) {
    assertEquals(parseStateKey(`wanted.=where.${number}.a`), undefined, number);
  }
});

Deno.test("the order to give up bytes comes with what is wanted, and is none to other versions", () => {
  assertMatch(UNINSTALL_KEY, NATS_KEY);
  assert(UNINSTALL_KEY.startsWith("wanted."));
  assertEquals(parseStateKey(UNINSTALL_KEY), undefined);
});

Deno.test("two names never share a key", () => {
  fc.assert(fc.property(anyName, anyName, (left, right) => {
    assertEquals(wantedKey(left) === wantedKey(right), left === right);
  }));
});

Deno.test("a key that is read is the only one for its name", () => {
  const likely = fc.string({ unit: fc.constantFrom(".", "=", "4", "1", "2", "E", "e", "a", "/") });
  fc.assert(fc.property(fc.oneof(likely, fc.string({ unit: "binary" })), (text) => {
    const read = parseStateKey(`wanted.${text}`);
    if (read?.type === "wanted") assertEquals(wantedKey(read.name), `wanted.${text}`);
  }));
});

Deno.test("a name that begins with a byte order mark keeps it", () => {
  assertEquals(parseStateKey(nodeKey("\uFEFFa")), { type: "node", name: "\uFEFFa" });
});

Deno.test("an image's key reads like the image", () => {
  assertEquals(wantedKey("docker.io/library/nginx:1.27"), "wanted.docker.io/library/nginx=3A1.27");
  assertEquals(wantedKey("reg.lab/x@sha256:ab"), "wanted.reg.lab/x=40sha256=3Aab");
  assertEquals(wantedKey("[::1]:5000/x:1"), "wanted.=5B=3A=3A1=5D=3A5000/x=3A1");
});

Deno.test("dots that would leave a part empty are written as bytes", () => {
  assertEquals(nodeKey(".a..b."), "node.=2Ea.=2Eb=2E");
  assertEquals(nodeKey("."), "node.=2E");
});

Deno.test("keys of other versions and garbage are not read", () => {
  const others = ["", "wanted", "wanted.", "later.x", "meta.x", "node.=4", "node.=zz", "node.=FF"];
  for (const key of others) assertEquals(parseStateKey(key), undefined, key);
  assertEquals(parseStateKey(META_KEY), { type: "meta" });
});
