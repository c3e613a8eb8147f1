import { assertEquals, assertNotEquals } from "@std/assert";
import type { Setting } from "../../mod/pure/settings/settings_table.ts";
import { at } from "./chart.ts";
import { resolve, SCHEMA, type Schema, VALUES } from "./schema.ts";
import { OTHER_DEFAULT, SETTINGS, VALUE_OF, WITHOUT_VALUE } from "./setting_values.ts";

const WITH_VALUE = SETTINGS.filter(({ flag }) => flag in VALUE_OF);

Deno.test("each setting of the programs has its value in the chart, or a reason for none", () => {
  const flags = SETTINGS.map(({ flag }) => flag).sort();
  assertEquals([...Object.keys(VALUE_OF), ...Object.keys(WITHOUT_VALUE)].sort(), flags);
  assertEquals(Object.keys(OTHER_DEFAULT).filter((flag) => !(flag in VALUE_OF)), []);
});

for (const setting of WITH_VALUE) {
  const value = valueOf(setting);
  const other = OTHER_DEFAULT[setting.flag];
  if (other === undefined) {
    Deno.test(`the chart's ${value} is by default what --${setting.flag} is`, () => {
      assertEquals(read(setting, at(VALUES, value)), read(setting, setting.fallback ?? ""));
    });
  } else {
    Deno.test(`the chart's ${value} has a default of its own: ${other}`, () => {
      assertNotEquals(String(at(VALUES, value)), setting.fallback ?? "");
    });
  }
}

for (const setting of WITH_VALUE) {
  const { minimum, maximum, enum: words } = schemaOf(valueOf(setting));
  if (minimum !== undefined && maximum !== undefined) {
    Deno.test(`the schema has the bounds that --${setting.flag} has`, () => {
      const accepted = (number: number) => "value" in read(setting, number);
      assertEquals([minimum - 1, minimum, maximum, maximum + 1].map(accepted), [
        ...[false, true, true, false],
      ]);
    });
  }
  if (words !== undefined) {
    Deno.test(`the schema has the words that --${setting.flag} has`, () => {
      assertEquals(words.join("|"), setting.type.placeholder);
    });
  }
}

Deno.test("the schema has the bounds that ports of --health-address have", () => {
  const [setting] = SETTINGS.filter(({ flag }) => flag === "health-address");
  for (const path of ["controller.health.port", "agent.health.port"]) {
    const { minimum = NaN, maximum = NaN } = schemaOf(path);
    const accepted = (port: number) =>
      setting !== undefined && "value" in read(setting, `0.0.0.0:${port}`);
    assertEquals([minimum - 1, minimum, maximum, maximum + 1].map(accepted), [
      ...[false, true, true, false],
    ]);
  }
});

const DURATIONS = ["1s", "90m", "1h30m", "23h59m59s999ms", "", "10", "1d", "30m1h", "1S", " 1s"];
/** Of minutes at least, which the schema cannot say. */
const DURATIONS_OR_OFF = [
  "off",
  "90m",
  "1h30m",
  "23h59m59s999ms",
  "",
  "10",
  "1d",
  "30m1h",
  "Off",
  " 1h",
];
const SIZES = ["0", "512MB", "1Gi", "1gb", "7 MB", "1.5GB", "-1", "1X", "12345678901234"];
const SIZES_OR_OFF = ["off", "", "Off", ...SIZES];
const PATHS = ["/a", "/a b/c.d", "a", "./a"];
const SPACES = ["*", "kube-* a?b,c", " a ", "A", "a_b", "a b.c"];

/** What users may write: accepted by both the schema and the program, or by neither. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  "containerd-address": PATHS,
  "containerd-namespace": ["k8s.io", "a_b-c.d", "", "a..b", "-a", "a b"],
  "containerd-root": PATHS,
  "cron-lead": DURATIONS_OR_OFF,
  "exit-when-runtime-lost": DURATIONS,
  "forget-after": DURATIONS,
  "gate-limit": DURATIONS,
  "hosts-dir": PATHS,
  "ignore-spaces": SPACES,
  "list-spaces": SPACES,
  "look-again": DURATIONS,
  "nats-bucket": ["warm-images", "A_1", "", "a.b", "a b", "a".repeat(200), "a".repeat(201)],
  "max-bytes": SIZES_OR_OFF,
  "nats-max-bytes": SIZES,
  "pin-bytes": ["", ...SIZES],
  "pin-for": ["90m", "1h30m", "23h59m59s999ms", "", "10", "1d", "30m1h", "1S", " 1h"],
  "pull-idle-timeout": DURATIONS,
  "pull-rate-bytes": SIZES_OR_OFF,
  "refresh-every": DURATIONS_OR_OFF,
  "snapshotter": ["auto", "native", "a_b-c.d", "", "a..b", "-a", "a b"],
  "startup-taints": ["", "a", "example.com/* b,*/c", "a/b/c", "a=b", "a:NoSchedule", "/a"],
};

for (const [flag, texts] of Object.entries(TEXTS)) {
  Deno.test(`the schema accepts the same texts as --${flag}`, () => {
    const [setting] = SETTINGS.filter((each) => each.flag === flag);
    assertEquals(
      texts.filter((text) => matches(schemaOf(VALUE_OF[flag] ?? ""), text)),
      texts.filter((text) => setting !== undefined && "value" in read(setting, text)),
    );
  });
}

Deno.test("each pattern of the schema that a program's setting has too is tried above", () => {
  const elsewhere = ["health-address"]; // its port is a number of its own
  const patterned = WITH_VALUE.filter((setting) =>
    schemaOf(valueOf(setting)).pattern !== undefined
  );
  assertEquals(
    patterned.map(({ flag }) => flag).sort(),
    [...Object.keys(TEXTS), ...elsewhere].sort(),
  );
});

function valueOf({ flag }: Setting): string {
  return VALUE_OF[flag] ?? "";
}

/** What the program reads where the chart gives it this value. */
function read(setting: Setting, value: unknown) {
  return setting.type.read([String(value)], "variable");
}

function schemaOf(path: string): Schema {
  return path.split(".").reduce<Schema>(
    (schema, key) => resolve(schema.properties?.[key] ?? {}),
    SCHEMA,
  );
}

function matches({ pattern = "", minLength = 0 }: Schema, text: string): boolean {
  return new RegExp(pattern).test(text) && text.length >= minLength;
}
