/** What `dev` runs on. */
export type DevPlace = "kind" | "local" | "bare";

/** Why a place cannot be had on this machine, and what would help; undefined when it can. */
export interface DevObstacles {
  readonly kind: string | undefined;
  readonly bare: string | undefined;
}

/** Where `dev` runs when nobody said `--on`, and the sentence that tells; nowhere: `undefined`. */
export interface DevChoice {
  readonly on: "kind" | "bare" | undefined;
  readonly message: string;
}

/** Takes a real cluster where Docker runs, else the programs alone: that needs the least. */
export function choosePlace({ kind, bare }: DevObstacles): DevChoice {
  if (kind === undefined) {
    return {
      on: "kind",
      message: "Running on kind, as Docker runs; --on bare needs no Docker, but Linux and root",
    };
  }
  if (bare === undefined) {
    return { on: "bare", message: `Running on bare, without Kubernetes; ${kind}` };
  }
  return {
    on: undefined,
    message: `Cannot run dev on this machine. One of these must be met:

  --on kind    ${kind}
  --on bare    ${bare}
`,
  };
}

/** What is against the programs alone, for this system and user. */
export function whyNoBare(os: string, uid: number | null): string | undefined {
  if (os !== "linux") return "bare needs Linux, as containerd does: use a Linux machine or VM";
  if (uid === 0) return undefined;
  return "bare needs root, as it runs a containerd of its own: run it again with sudo -E, or in a VM or a privileged container";
}
