import { freePort } from "../ports.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { obtainTool } from "../tools/tools.ts";
import { answersOk } from "../wait.ts";

/** One target, and the labels that a PodMonitor would give it. */
export interface ScrapeTarget {
  /** "127.0.0.1:PORT". */
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One series of an answer: its labels, and its last value as Prometheus prints it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** A running Prometheus; disposing stops it and removes its data. */
export interface TestPrometheus extends AsyncDisposable {
  readonly process: TestProcess;
  /** Evaluates an expression now. Throws an error with what Prometheus says against it. */
  query(expr: string): Promise<readonly Sample[]>;
  /** Whether each rule was evaluated without an error: empty, or names and errors of the others. */
  ruleFaults(): Promise<readonly string[]>;
}

/** Starts a Prometheus that scrapes these targets twice a second, and evaluates these rules. */
export async function startPrometheus(
  options: { readonly targets: readonly ScrapeTarget[]; readonly ruleFiles?: readonly string[] },
): Promise<TestPrometheus> {
  const binary = await obtainTool("prometheus");
  const folder = await Deno.makeTempDir({ prefix: "warm-images-prometheus-" });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    const address = `127.0.0.1:${freePort()}`;
    const config = `${folder}/prometheus.json`; // JSON is YAML too
    await Deno.writeTextFile(config, JSON.stringify(configOf(options)));
    const process = await startProcess(binary, {
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
      ],
      cwd: folder,
      ready: () => answersOk(`http://${address}/-/ready`),
    });
    return {
      process,
      query: (expr) => query(address, expr),
      ruleFaults: () => ruleFaults(address),
      [Symbol.asyncDispose]: async () => {
        await process.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function configOf(
  { targets, ruleFiles = [] }: Parameters<typeof startPrometheus>[0],
): Record<string, unknown> {
  const every = "500ms";
  return {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: ruleFiles,
    scrape_configs: [{
      job_name: "warm-images",
      static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
    }],
  };
}

async function query(address: string, expr: string): Promise<readonly Sample[]> {
  const { result } = await ask(address, `query?${new URLSearchParams({ query: expr })}`) as {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value: readonly [number, string];
    }[];
  };
  return result.map(({ metric, value: [_, value] }) => ({ labels: metric, value }));
}

async function ruleFaults(address: string): Promise<readonly string[]> {
  const { groups } = await ask(address, "rules") as {
    readonly groups: readonly {
      readonly rules: readonly { name: string; health: string; lastError?: string }[];
    }[];
  };
  return groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== "ok")
    .map(({ name, health, lastError = health }) => `${name}: ${lastError}`);
}

async function ask(address: string, path: string): Promise<unknown> {
  const response = await fetch(`http://${address}/api/v1/${path}`);
  const { data, error } = await response.json();
  if (error !== undefined) throw new Error(`Prometheus says: ${error}`);
  return data;
}
