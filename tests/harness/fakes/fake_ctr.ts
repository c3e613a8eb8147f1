/** What a fake ctr does when asked for something. */
export type FakeBehaviour =
  | {
    /** Prints this and ends. */
    readonly stdout?: string;
    readonly stderr?: string;
    readonly code?: number;
    /** Prints it and does not end. */
    readonly goesOn?: boolean;
  }
  /** Prints nothing and does not end; "deaf": not even by SIGTERM. */
  | "hangs"
  | "hangs, deaf"
  /** Prints for ever. */
  | "babbles";

/** The first words after the connection flags. */
export type FakeCommand =
  | "version"
  | "images ls"
  | "images check"
  | "images pull"
  | "content active"
  | "snapshots ls"
  | "containers ls"
  | "containers info"
  | "events";

/** An executable that stands in for ctr; disposing removes it. */
export interface FakeCtr extends AsyncDisposable {
  readonly path: string;
  /** Changes what it does, from the next call on. */
  on(command: FakeCommand | `containers info ${string}`, behaviour: FakeBehaviour): Promise<void>;
  /** Arguments of all calls of this command so far, without the connection flags. */
  calls(command: FakeCommand): Promise<string[]>;
  /** Process ids of all calls so far. */
  pids(): Promise<number[]>;
  /** Environment of the last call. */
  env(): Promise<string>;
}

/** What a ctr 1.7 prints for an empty store. */
const BY_DEFAULT: Readonly<Record<FakeCommand, FakeBehaviour>> = {
  "version": { stdout: "Client:\n  Version:  1.7.24\n\nServer:\n  Version:  1.7.24\n" },
  "images ls": {},
  "images check": {},
  "images pull": {},
  "content active": { stdout: "REF\tSIZE\tAGE\t\n" },
  "snapshots ls": { stdout: "KEY PARENT KIND\n" },
  "containers ls": { stdout: "CONTAINER    IMAGE    RUNTIME    \n" },
  "containers info": { stderr: "ctr: container: not found\n", code: 1 },
  "events": "hangs",
};

/** Writes the executable into a folder of its own. It is a shell script, which starts fast. */
export async function fakeCtr(): Promise<FakeCtr> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-ctr-" });
  const path = `${folder}/ctr`;
  const fake: FakeCtr = {
    path,
    on: (command, behaviour) => replace(`${folder}/${fileOf(command)}`, scriptOf(behaviour)),
    async calls(command) {
      return (await linesOf(`${folder}/calls`)).filter((call) => call.startsWith(command));
    },
    pids: async () => (await linesOf(`${folder}/pids`)).map(Number),
    env: async () => (await linesOf(`${folder}/env`)).join("\n"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  await Deno.writeTextFile(path, wrapper(folder), { mode: 0o755 });
  for (const [command, behaviour] of Object.entries(BY_DEFAULT)) {
    await fake.on(command as FakeCommand, behaviour);
  }
  return fake;
}

/**
 * `-a SOCKET --connect-timeout 5s -n NAMESPACE` come first. The call is written last, so that whoever
 * sees it finds its process id and environment too.
 */
function wrapper(folder: string): string {
  return `#!/bin/sh
shift 6
echo $$ >> ${folder}/pids
export -p > ${folder}/env.$$ && /bin/mv ${folder}/env.$$ ${folder}/env
echo "$*" >> ${folder}/calls
case "$1" in version|events) name=$1 ;; *) name=$1_$2 ;; esac
[ "$name" = containers_info ] && [ -f ${folder}/${"$"}{name}_$3.sh ] && name=${"$"}{name}_$3
. ${folder}/$name.sh
`;
}

function fileOf(command: string): string {
  return `${command.replaceAll(" ", "_")}.sh`;
}

function scriptOf(behaviour: FakeBehaviour): string {
  switch (behaviour) {
    case "hangs":
      return "exec /bin/sleep 600\n";
    case "hangs, deaf":
      return "trap '' TERM; exec /bin/sleep 600\n"; // what is ignored stays so over exec
    case "babbles":
      return "exec /usr/bin/yes 'r/x:1 and more of it, more than anybody asked for'\n";
  }
  const { stdout = "", stderr = "", code = 0, goesOn = false } = behaviour;
  const end = goesOn ? "exec /bin/sleep 600" : `exit ${code}`;
  return `printf %s ${quoted(stdout)}\nprintf %s ${quoted(stderr)} >&2\n${end}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Renames the file into place, so that no call finds half of it. */
async function replace(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${path}.new`, text);
  await Deno.rename(`${path}.new`, path);
}

async function linesOf(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
