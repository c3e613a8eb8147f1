import { assertEquals } from "@std/assert";
import { permissionsOf, type ProgramName } from "../../mod/build/permissions.ts";
import { readAgentSettings } from "../../mod/pure/settings/agent_settings.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { CHART, helm, render, Rendered, valueArguments, valueFiles } from "./chart.ts";
import { snapshotOf, snapshotPath, SNAPSHOTS } from "./snapshots.ts";

const skip = await reasonToSkip("helm");

for (const values of valueFiles()) {
  realTest(`helm lint finds nothing with the values "${values}"`, skip, async () => {
    const { code, stdout } = await helm([
      ...["lint", "--strict", "--quiet", "--kube-version", "1.37.0", CHART],
      ...valueArguments({ values }),
    ]);
    assertEquals([code, stdout], [0, ""]);
  });

  realTest(`the programs accept what the values "${values}" tell them`, skip, async () => {
    const rendered = await render({ values });
    const controller = rendered.env("controller");
    const agent = rendered.env("agent");
    assertEquals(unknown(controller, "controller"), []);
    assertEquals(unknown(agent, "agent"), []);
    for (const HOST_IP of ["192.0.2.1", "2001:db8::1"]) {
      const elsewhere = { NODE_NAME: "node-1", NATS_USERNAME: "from-a-secret", HOST_IP };
      for (
        const outcome of [
          readControllerSettings([], withSubstitutes(controller, elsewhere)),
          readAgentSettings([], withSubstitutes(agent, elsewhere)),
        ]
      ) {
        assertEquals(outcome.type === "faults" ? outcome.faults : outcome.type, "settings");
      }
    }
  });

  realTest(`no password is outside of Secrets with the values "${values}"`, skip, async () => {
    const { objects } = await render({ values });
    const open = new Rendered(objects.filter(({ kind }) => kind !== "Secret"));
    const text = JSON.stringify(open.objects);
    const secrets = ["correct-horse", "s3cr3t-token", "12345", "controller-password"];
    assertEquals(secrets.filter((secret) => text.includes(secret)), []);
  });
}

for (const values of SNAPSHOTS) {
  realTest(`the render with "${values}" is the kept one: update_snapshots.ts`, skip, async () => {
    assertEquals(await snapshotOf(values), await Deno.readTextFile(snapshotPath(values)));
  });
}

/** Variables that the program has no right to read; HOST_IP is for kubelet, in those below it. */
function unknown(env: Readonly<Record<string, string>>, program: ProgramName): string[] {
  const rights = permissionsOf(program).filter(({ kind }) => kind === "env");
  const known = [...rights.flatMap(({ to = [] }) => to), "HOST_IP"];
  const globs = known.filter((name) => name.endsWith("*")).map((glob) => glob.slice(0, -1));
  return Object.keys(env).filter((name) =>
    !known.includes(name) && !globs.some((glob) => name.startsWith(glob))
  );
}

/** Puts values in for those that only a cluster knows, as kubelet does with $(NAME) too. */
function withSubstitutes(
  env: Readonly<Record<string, string>>,
  substitutes: Readonly<Record<string, string>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [
      name,
      value.startsWith("<")
        ? substitutes[name]
        : value.replace(/\$\((\w+)\)/g, (whole, name) => substitutes[name] ?? whole),
    ]),
  );
}
