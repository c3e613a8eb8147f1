/** Seeds by which logins of nodes are answered for. */
export interface NodeUserSeeds {
  /** Signs what a login may do (`SA…`); the server's configuration has its public part as `issuer`. */
  readonly issuer: string;
  /** Opens what a server has encrypted (`SX…`): tokens; its public part is `xkey` there. */
  readonly curve: string;
}

/** The file of seeds: each on a line. */
export function seedsText({ issuer, curve }: NodeUserSeeds): string {
  return `${issuer}\n${curve}\n`;
}

/** Reads that file. Throws an error that shows nothing of it. */
export function readSeeds(text: string): NodeUserSeeds {
  const lines = text.split("\n").map((line) => line.trim());
  const issuer = lines.find((line) => /^SA[A-Z2-7]{56}$/.test(line));
  const curve = lines.find((line) => /^SX[A-Z2-7]{56}$/.test(line));
  if (issuer === undefined || curve === undefined) {
    throw new Error(
      "it must hold the seed of an account (SA…) and of a curve key (SX…), on a line each",
    );
  }
  return { issuer, curve };
}
