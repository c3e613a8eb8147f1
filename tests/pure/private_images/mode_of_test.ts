import { assertEquals } from "@std/assert";
import { modeWithin } from "../../../mod/pure/private_images/mode_of.ts";
import type {
  KeptMode,
  PrivateMode,
  PrivateRules,
} from "../../../mod/pure/private_images/private_mode.ts";

const APP = "reg.example:5000/shop/app:1";
const ALL: PrivateRules = { modes: ["bytes", "open"], openRegistries: ["*"] };

function modes(rules: Partial<PrivateRules>, reference = APP): readonly (KeptMode | undefined)[] {
  const modeOf = modeWithin({ ...ALL, ...rules });
  const marks: readonly (PrivateMode | undefined)[] = [undefined, "off", "bytes", "open"];
  return marks.map((mark) => modeOf(mark, reference));
}

Deno.test("a namespace gets what it asks for, and nothing where it asks for nothing", () => {
  assertEquals(modes({}), [undefined, undefined, "bytes", "open"]);
});

Deno.test("who asks for open gets bytes where open is not allowed, and never the other way", () => {
  assertEquals(modes({ modes: ["bytes"] }), [undefined, undefined, "bytes", "bytes"]);
  assertEquals(modes({ modes: ["open"] }), [undefined, undefined, undefined, "open"]);
  assertEquals(modes({ openRegistries: [] }), [undefined, undefined, "bytes", "bytes"]);
  assertEquals(
    modes({ modes: ["open"], openRegistries: [] }),
    [undefined, undefined, undefined, undefined],
  );
  assertEquals(modes({ modes: [] }), [undefined, undefined, undefined, undefined]);
});

Deno.test("registries that may be open are named by their hosts, whole, with globs, in any case", () => {
  const isOpen = (glob: string, reference = APP) =>
    modes({ openRegistries: [glob] }, reference)[3] === "open";
  for (const glob of ["reg.example:5000", "REG.example:5000", "*.example:5000", "reg.*"]) {
    assertEquals(isOpen(glob), true, glob);
  }
  for (const glob of ["reg.example", "eg.example:5000", "reg.example:5000/shop", "*.example", ""]) {
    assertEquals(isOpen(glob), false, glob);
  }
  assertEquals(isOpen("docker.io", "docker.io/library/app:1"), true);
  assertEquals(isOpen("evil.example", "evil.example.lab/app:1"), false);
});
