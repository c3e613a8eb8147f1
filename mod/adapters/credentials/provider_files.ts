import type { Decoded } from "../../pure/bucket/decode.ts";
import {
  type CredentialProvider,
  readProviders,
} from "../../pure/registry_logins/credential_provider.ts";
import type { Understood } from "./kept_reading.ts";
import { filesIn, readText, UnreadableError } from "./read_text.ts";

/**
 * The text of kubelet's --image-credential-provider-config, as JSON: a file, or since Kubernetes 1.34
 * a folder, whose files of these endings are taken in the order of their names
 * (`readCredentialProviderConfig`). Throws `UnreadableError`, or the signal's reason.
 */
export async function loadProviderFiles(path: string, signal: AbortSignal): Promise<string> {
  const names = await filesIn(path, signal);
  if (names === undefined) {
    return JSON.stringify([{ file: path, text: await readText(path, signal) }]);
  }
  const chosen = names.filter((name) => /\.(json|yaml|yml)$/.test(name)).toSorted();
  if (chosen.length === 0) throw new UnreadableError("no file in it ends in .json, .yaml or .yml");
  const files: ProviderFile[] = [];
  for (const name of chosen) {
    const file = `${path}/${name}`;
    try {
      files.push({ file, text: await readText(file, signal) });
    } catch (error) {
      throw error instanceof UnreadableError
        ? new UnreadableError(`"${name}": ${error.message}`)
        : error;
    }
  }
  return JSON.stringify(files);
}

interface ProviderFile {
  readonly file: string;
  readonly text: string;
}

/** What these files say. */
export async function understandProviders(
  json: string,
): Promise<Decoded<Understood<readonly CredentialProvider[]>>> {
  const files: readonly ProviderFile[] = JSON.parse(json);
  const documents: unknown[] = [];
  for (const { file, text } of files) {
    const document = await documentOf(text);
    if ("fault" in document) return { fault: `"${file}": ${document.fault}` };
    // One by one, so that a fault names the file.
    const read = readProviders([document.value]);
    if ("fault" in read) return { fault: `"${file}": ${read.fault}` };
    documents.push(document.value);
  }
  const read = readProviders(documents);
  if ("fault" in read) return read;
  const { providers, faults } = read.value;
  return { value: { value: providers, remarks: faults, counts: { providers: providers.length } } };
}

/** Of YAML the first document counts, with its merge keys, as for kubelet. No fault quotes it: `env` may hold secrets. */
async function documentOf(text: string): Promise<Decoded<unknown>> {
  try {
    return { value: JSON.parse(text) };
  } catch {
    // Only here: agents without plugins, and on nodes that write JSON, do without its memory.
    const { parseAllDocuments } = await import("yaml");
    const [first] = parseAllDocuments(text, { merge: true });
    if (first === undefined || !("contents" in first)) return { fault: "it is empty" };
    const [error] = first.errors;
    if (error) return { fault: `it is neither JSON nor YAML, see line ${error.linePos?.[0].line}` };
    try {
      return { value: first.toJS() };
    } catch {
      return { fault: "it has too many aliases" };
    }
  }
}
