import { assertEquals } from "@std/assert";
import { parse } from "yaml";

interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = new URL("../../.github/workflows/", import.meta.url);

const WORKFLOWS = await readWorkflows();

Deno.test("workflows use actions by commit, and say which version that is", () => {
  for (const [file, { text }] of WORKFLOWS) {
    for (const [, used = ""] of text.matchAll(/\buses: (.+)$/gm)) {
      const isPinned = /^\.\/|^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(used);
      assertEquals(isPinned, true, `${file}: ${used}`);
    }
  }
});

Deno.test("workflows may read, no more, unless a job says otherwise; each job ends in time", () => {
  for (const [file, { workflow }] of WORKFLOWS) {
    assertEquals(workflow.permissions, { contents: "read" }, file);
    for (const [name, job] of Object.entries(workflow.jobs)) {
      const ends = job.uses !== undefined || job["timeout-minutes"] !== undefined;
      assertEquals(ends, true, `${file}: ${name} has no timeout`);
    }
  }
});

Deno.test("no workflow takes stand-ins for @std packages", () => {
  for (const file of ["ci.yml", "release.yml"]) {
    assertEquals(WORKFLOWS.get(file)?.workflow.env?.WARM_IMAGES_OFFLINE, "0", file);
  }
});

Deno.test("a release is published when the tests have passed, from their lock", () => {
  const { tests, publish } = WORKFLOWS.get("release.yml")?.workflow.jobs ?? {};
  assertEquals([tests?.uses, publish?.needs], ["./.github/workflows/ci.yml", "tests"]);
  assertEquals(takesLock(publish), true);
});

Deno.test("format, lint, types and unit tests come first; all jobs take the completed lock", () => {
  const { lock, quick, ...others } = WORKFLOWS.get("ci.yml")?.workflow.jobs ?? {};
  assertEquals(lock?.needs, undefined);
  assertEquals([quick?.needs, takesLock(quick)], ["lock", true]);
  const commands = quick?.steps?.flatMap(({ run }) => run?.replace(/^npx -y deno\S+ /, "") ?? []);
  const steps = ["install --frozen", "fmt --check", "lint", "task check", "task test:unit"];
  assertEquals(commands, steps);
  for (const [name, job] of Object.entries(others)) {
    assertEquals([job.needs, takesLock(job)], ["quick", true], name);
  }
});

function takesLock(job: Job | undefined): boolean {
  return job?.steps?.some(({ uses }) => uses?.startsWith("actions/download-artifact@")) ?? false;
}

async function readWorkflows(): Promise<Map<string, { text: string; workflow: Workflow }>> {
  const workflows = new Map<string, { text: string; workflow: Workflow }>();
  for await (const { name } of Deno.readDir(FOLDER)) {
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    workflows.set(name, { text, workflow: parse(text) });
  }
  return workflows;
}
