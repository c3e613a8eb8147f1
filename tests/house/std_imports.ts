/** One import of a module of @std. */
export interface StdImport {
  readonly file: string;
  /** As the code says it: "@std/assert". */
  readonly module: string;
  /** Names that are imported; `*` for all of them. */
  readonly names: readonly string[];
}

/** Finds what a source imports or passes on from @std, in whatever form. */
export function stdImportsIn(file: string, source: string): StdImport[] {
  const code = source.replace(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const named =
    /\b(?:import|export)\s+(?:type\s+)?(\*(?:\s+as\s+\w+)?|\{[^}]*\})\s*from\s*"(@std\/[^"]+)"/g;
  const whole = /\bimport\s*\(?\s*"(@std\/[^"]+)"/g;
  return [
    ...code.matchAll(named).map(([, names = "", module = ""]) => ({
      file,
      module,
      names: namesOf(names),
    })),
    ...code.matchAll(whole).map(([, module = ""]) => ({ file, module, names: ["*"] })),
  ];
}

function namesOf(clause: string): string[] {
  if (clause.startsWith("*")) return ["*"];
  return clause.slice(1, -1).split(",")
    .map((part) => part.trim().replace(/^type\s+/, "").replace(/\s+as\s+.*$/s, ""))
    .filter((name) => name !== "");
}

/** Names that a module of ours exports, types included. */
export function exportsOf(source: string): string[] {
  const declared =
    /^export (?:declare )?(?:abstract )?(?:async )?(?:class|const|function|interface|type) (\w+)/gm;
  return [...new Set(source.matchAll(declared).map(([, name = ""]) => name))].sort();
}
