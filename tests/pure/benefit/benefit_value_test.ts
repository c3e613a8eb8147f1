import { assert, assertEquals } from "@std/assert";
import { BenefitSums } from "../../../mod/pure/benefit/benefit_sums.ts";
import {
  type BenefitValue,
  benefitView,
  decodeBenefit,
} from "../../../mod/pure/benefit/benefit_value.ts";
import type { ContainerStart } from "../../../mod/pure/benefit/starts.ts";
import { parseStateKey } from "../../../mod/pure/bucket/state_keys.ts";

const SINCE = "2026-11-27T10:00:00.000Z";

function start(namespace: string, rest: Partial<ContainerStart> = {}): ContainerStart {
  const cold = { result: "cold" as const, waitedSeconds: 1.5, savedSeconds: 0, onGpu: false };
  return { namespace, image: "reg.lab/app:1", ...cold, ...rest };
}

function valueOf(starts: Iterable<ContainerStart>): BenefitValue {
  const sums = new BenefitSums({ since: SINCE });
  for (const each of starts) sums.add(each);
  return sums.value(SINCE);
}

Deno.test("sums go on from a value as if nobody had stopped", () => {
  const starts = Array.from({ length: 60 }, (_, i) =>
    start(`ns-${i % 7}`, {
      image: `image-${i % 11}`,
      result: i % 3 ? "warm" : "cold",
      savedSeconds: i % 3 ? 2 : 0,
      onGpu: i % 2 === 0,
    }));
  const whole = new BenefitSums({ since: SINCE });
  let relay = new BenefitSums({ since: SINCE });
  for (const each of starts) {
    whole.add(each);
    relay.add(each);
    const decoded = decodeBenefit(JSON.stringify(relay.value(SINCE)));
    assert("value" in decoded);
    relay = new BenefitSums(decoded.value);
  }
  assertEquals(relay.value(SINCE), whole.value(SINCE));
});

Deno.test("however many namespaces and images there are, the value stays small and the total right", () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `${i}`);
  const value = valueOf(
    names.map((name, i) => start(`ns-${name}`, { image: `i-${name}`, waitedSeconds: i })),
  );
  assertEquals([value.namespaces.length, value.images.length], [500, 100]);
  assertEquals(value.total.cold, 20_000);
  assertEquals(value.images[0], { image: "i-19999", starts: 1, waitedSeconds: 19_999 });
  assert(JSON.stringify(value).length < 100_000);
  const { rest, costliest, byNamespace } = benefitView(value);
  assertEquals([rest?.cold, costliest.length, byNamespace.length], [19_500, 10, 500]);
});

Deno.test("people see the busiest namespaces first, and no rest where there is none", () => {
  const view = benefitView(valueOf([start("a"), start("b"), start("b")]));
  assertEquals(view.byNamespace.map(({ namespace }) => namespace), ["b", "a"]);
  assertEquals("rest" in view, false);
  assertEquals(view.costliest, [{ image: "reg.lab/app:1", starts: 3, waitedSeconds: 4.5 }]);
});

Deno.test("a value of a later version, or none at all, is a fault", () => {
  const value = valueOf([start("a")]);
  for (const broken of [{ ...value, v: 2 }, { ...value, total: {} }, "x", null]) {
    assert("fault" in decodeBenefit(JSON.stringify(broken)));
  }
  assert("value" in decodeBenefit(JSON.stringify({ ...value, later: 1 })));
  assertEquals(parseStateKey("benefit"), { type: "benefit" });
});
