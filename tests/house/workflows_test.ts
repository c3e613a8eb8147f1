import { assertEquals } from "@std/assert";
import { parse } from "yaml";

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
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

Deno.test("the one job that publishes may sign, and no other", () => {
  for (const [file, { workflow }] of WORKFLOWS) {
    for (const [name, { permissions }] of Object.entries(workflow.jobs)) {
      const publishes = `${file} ${name}` === "release.yml publish";
      const expected = { contents: "read", packages: "write", "id-token": "write" };
      assertEquals(permissions, publishes ? expected : undefined, `${file}: ${name}`);
    }
  }
});

Deno.test("everything that a release pushes is signed by digest, and verified as users do it", async () => {
  const commands = WORKFLOWS.get("release.yml")?.workflow.jobs["publish"]?.steps
    ?.flatMap(({ run }) => run ?? []) ?? [];
  const pushes = commands.filter((run) => /push=true|helm push/.test(run));
  assertEquals(pushes.length, 2);
  for (const run of pushes) {
    assertEquals(/@\$.*digest[^]*>> "\$RUNNER_TEMP\/pushed"/.test(run), true);
  }
  const last = commands.at(-1) ?? "";
  assertEquals(/while read -r pushed; do[^]*done < "\$RUNNER_TEMP\/pushed"/.test(last), true);
  assertEquals(last.includes('cosign sign --yes --recursive "$pushed"'), true);
  assertEquals(pushes.every((run) => commands.indexOf(run) < commands.length - 1), true);
  const page = await Deno.readTextFile(new URL("../SECURITY.md", FOLDER));
  for (const text of [last, page.replaceAll("$VERSION", "X")]) {
    assertEquals(verification(text), {
      identity: "/.github/workflows/release.yml@",
      issuer: "https://token.actions.githubusercontent.com",
    });
  }
});

Deno.test("an SBOM of both architectures goes with each image", () => {
  const publish = WORKFLOWS.get("release.yml")?.workflow.jobs["publish"];
  const run = publish?.steps?.find(({ run }) => run?.includes("buildx build"))?.run ?? "";
  assertEquals(run.includes("--sbom=true"), true);
  assertEquals(run.includes(`jq -e '."linux/amd64".SPDX and ."linux/arm64".SPDX'`), true);
});

Deno.test("actions, base images, ctr and the chart's NATS are kept fresh by one bot each", async () => {
  const dependabot = parse(await Deno.readTextFile(new URL("../dependabot.yml", FOLDER)));
  const ecosystems = dependabot.updates.map((update: Record<string, string>) =>
    update["package-ecosystem"]
  );
  assertEquals(ecosystems, ["github-actions"]);
  const renovate = JSON.parse(await Deno.readTextFile(new URL("../renovate.json", FOLDER)));
  assertEquals(renovate.enabledManagers, ["dockerfile", "helm-values", "custom.regex"]);
  const dockerfile = await Deno.readTextFile(new URL("../../Dockerfile", FOLDER));
  const [pattern] = renovate.customManagers[0].matchStrings;
  const ctr = new RegExp(pattern).exec(dockerfile)?.groups?.["currentValue"] ?? "none";
  const [rule] = renovate.packageRules;
  assertEquals(new RegExp(rule.allowedVersions.slice(1, -1)).test(ctr), true, ctr);
  const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, image]) => image);
  assertEquals(bases.length, 3);
  for (const base of bases) {
    assertEquals(/:[\w.-]+@sha256:[0-9a-f]{64}$/.test(base ?? ""), true, base);
  }
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

/** What a text tells cosign to accept. */
function verification(text: string) {
  const [, identity] = /--certificate-identity "https:\/\/github\.com\/[^"]*?(\/\.github[^"]*@)/
    .exec(text) ?? [];
  const [, issuer] = /--certificate-oidc-issuer (\S+)/.exec(text) ?? [];
  return { identity, issuer };
}

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
