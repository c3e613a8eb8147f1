import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { agentVariables, readAgentSettings } from "../../../mod/pure/settings/agent_settings.ts";
import {
  controllerVariables,
  readControllerSettings,
} from "../../../mod/pure/settings/controller_settings.ts";
import type { SettingsOutcome } from "../../../mod/pure/settings/settings.ts";

const PROGRAMS = {
  agent: { help: helpOf(readAgentSettings(["--help"], {})), variables: agentVariables() },
  controller: {
    help: helpOf(readControllerSettings(["--help"], {})),
    variables: controllerVariables(),
  },
};

for (const [name, { help, variables }] of Object.entries(PROGRAMS)) {
  Deno.test(`the ${name}'s help fits in 100 columns`, () => {
    assertEquals(help.split("\n").filter((line) => line.length > 100), []);
    assertEquals(help.split("\n").filter((line) => / $/.test(line)), []);
  });

  Deno.test(`the ${name}'s help names every flag and every variable`, () => {
    for (const variable of variables) {
      assertStringIncludes(help, variable);
      const flag = `--${variable.toLowerCase().replaceAll("_", "-")}`;
      const secret = ["NATS_PASSWORD", "NATS_TOKEN"].includes(variable);
      assertEquals(help.includes(`${flag} `), !secret, flag);
    }
  });

  Deno.test(`the ${name}'s help says that secrets are no flags, and what exit codes mean`, () => {
    assertMatch(help, /secret comes\s+from its variable or\s+from a file/);
    assertMatch(help, /130\s+Ended at once by a second signal/);
  });
}

Deno.test("help shows defaults as a user would write them", () => {
  assertMatch(PROGRAMS.agent.help, /--look-again DURATION.*\[default 10m;\s+LOOK_AGAIN\]/s);
  assertMatch(PROGRAMS.controller.help, /--list-spaces NAMES.*\[default \*; LIST_SPACES\]/);
});

Deno.test("the controller's help lists its commands with the default one marked", () => {
  assertMatch(
    PROGRAMS.controller.help,
    /Commands:\n {2}run .*\(default\)\n {2}status \[NODE\|IMAGE\]… /s,
  );
  assertEquals(PROGRAMS.agent.help.includes("Commands:"), false);
});

function helpOf(outcome: SettingsOutcome<unknown>): string {
  return outcome.type === "help" ? outcome.text : "";
}
