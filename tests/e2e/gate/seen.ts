import type { ClusterCommand } from "../../harness/cluster/cluster.ts";
import { startProcess, type TestProcess } from "../../harness/process.ts";
import { waitUntil } from "../../harness/wait.ts";

/** A line and when it arrived, in ms since the epoch. */
export interface SeenLine {
  readonly line: string;
  readonly atMs: number;
}

/** What a command goes on printing, such as a watch; disposing ends it. */
export class Seen implements AsyncDisposable {
  readonly #process: TestProcess;
  readonly #lines: SeenLine[];

  private constructor(process: TestProcess, lines: SeenLine[]) {
    this.#process = process;
    this.#lines = lines;
  }

  static async start({ command, args, env }: ClusterCommand): Promise<Seen> {
    const lines: SeenLine[] = [];
    const process = await startProcess(command, {
      args: [...args],
      env,
      onLine: (line) => void lines.push({ line, atMs: Date.now() }),
    });
    return new Seen(process, lines);
  }

  /** All of them so far. */
  get lines(): readonly SeenLine[] {
    return this.#lines;
  }

  /** The first line from a point of time on that is such a one, as soon as it is there. */
  async first(
    what: string,
    isSuch: (line: string) => boolean,
    sinceMs: number,
  ): Promise<SeenLine> {
    const find = () => this.#lines.find(({ line, atMs }) => atMs >= sinceMs && isSuch(line));
    await waitUntil(what, () => find() !== undefined, { timeoutMs: 180_000 })
      .catch((error: unknown) => {
        const last = this.#lines.slice(-5).map(({ line }) => line).join("\n");
        throw new Error(`The last lines were:\n${last}`, { cause: error });
      });
    const found = find();
    if (found === undefined) throw new Error(`It was there and is gone: ${what}`);
    return found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process.stop();
  }
}
