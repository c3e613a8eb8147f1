/**
 * What a text turned out to be. A fault is the end of a sentence: "must be a whole number"; with
 * `hide` the text may hold a secret and is not quoted.
 */
export type Reading<T> = { readonly value: T } | { readonly fault: string; readonly hide?: true };

/** How the text of a setting becomes its value. */
export interface ValueType<T> {
  /** What `--help` shows behind the flag, such as `DURATION`. */
  readonly placeholder: string;
  /**
   * Reads the texts given: all occurrences of the flag in order, or the one of the variable.
   * Types of one value take the last, as users add flags behind those of a script.
   */
  read(texts: readonly string[], from: "flag" | "variable"): Reading<T>;
}

/** One row of a program's table: drives flag, variable, default, check and help. */
export interface Setting<T = unknown> {
  /** Without dashes; in capitals it is the variable: `nats-url` is `NATS_URL`. */
  readonly flag: string;
  /** Heading in `--help`. */
  readonly group: string;
  readonly help: string;
  readonly type: ValueType<T>;
  /** The default, as a user would write it; without one, an unset setting is `undefined`. */
  readonly fallback?: string;
  /** A secret: read from its variable alone, as every process may read command lines. */
  readonly secret?: true;
}

/** A program's settings by the name they have in code. */
export type SettingTable = Readonly<Record<string, Setting>>;

/** The values a table yields. */
export type SettingValues<Table extends SettingTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

type ValueOf<Row> = Row extends { readonly type: ValueType<infer T> }
  ? Row extends { readonly fallback: string } ? T : T | undefined
  : never;

/**
 * What settings mean for each other, by the names they have in code: `setting` cannot be combined
 * with any of `others`, or needs one of them.
 */
export interface SettingRule<Name extends string = string> {
  readonly setting: Name;
  readonly type: "excludes" | "needs";
  readonly others: readonly Name[];
}

/** All that is to know about a program's command line. */
export interface Program<Table extends SettingTable = SettingTable> {
  /** Name of the executable, for `--help`. */
  readonly name: string;
  /** What it does, in two sentences. */
  readonly about: string;
  /** What its first word may be, with a help text; the first is the default. */
  readonly commands: Readonly<Record<string, string>>;
  readonly table: Table;
  readonly rules: readonly SettingRule[];
  /** Command lines for `--help`, each with a comment behind it. */
  readonly examples: readonly string[];
}

/** The environment variable of a setting. */
export function variableOf(setting: Setting): string {
  return setting.flag.toUpperCase().replaceAll("-", "_");
}

/** How messages name a setting: `--nats-url (NATS_URL)`; a secret has no flag to name. */
export function labelOf(setting: Setting): string {
  const variable = variableOf(setting);
  return setting.secret ? variable : `--${setting.flag} (${variable})`;
}

/** Every variable a table reads; `--allow-env` is made of it. */
export function variablesOf(table: SettingTable): string[] {
  return Object.values(table).map(variableOf);
}
