import { assert, assertRejects } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import {
  openRegistries,
  type Registries,
  type RegistriesOptions,
} from "../../../mod/adapters/relay/registries/registries.ts";
import {
  RegistryError,
  type Repository,
} from "../../../mod/adapters/relay/registries/repository.ts";
import { parseImageReference } from "../../../mod/pure/images/image_reference.ts";

/** Registries of a node whose folder of hosts.toml files a test fills; disposing ends them. */
export interface TestRegistries extends AsyncDisposable {
  readonly hostsDir: string;
  /** Writes hosts.toml for a registry; returns its folder. */
  describe(registry: string, hostsToml: string): Promise<string>;
  /** The repository of `reference`; fails where it goes without the relay. */
  open(reference: string): Promise<Repository>;
  /** Why it goes without. */
  whyDirect(reference: string): Promise<string>;
}

/** Opens them with what the test says, else with defaults. */
export async function openTestRegistries(
  options: Partial<RegistriesOptions> = {},
): Promise<TestRegistries> {
  const hostsDir = options.hostsDir ?? await Deno.makeTempDir({ prefix: "warm-images-hosts-" });
  const registries = openRegistries({
    hostsDir,
    requestsPerSecond: 0,
    clock: systemClock,
    ...options,
  });
  return {
    hostsDir,
    async describe(registry, hostsToml) {
      const folder = `${hostsDir}/${registry}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/hosts.toml`, hostsToml);
      return folder;
    },
    async open(reference) {
      const repository = await open(registries, reference);
      assert("manifest" in repository, JSON.stringify(repository));
      return repository;
    },
    async whyDirect(reference) {
      const repository = await open(registries, reference);
      assert("direct" in repository, `${reference} goes through the relay`);
      return repository.direct;
    },
    async [Symbol.asyncDispose]() {
      await registries[Symbol.asyncDispose]();
      await Deno.remove(hostsDir, { recursive: true });
    },
  };
}

function open(registries: Registries, text: string) {
  const parsed = parseImageReference(text);
  assert("reference" in parsed, text);
  return registries.open(parsed.reference);
}

/** A signal that nobody aborts. */
export const { signal: noAbort } = new AbortController();

/** The registry did not give it; returns how that is told. */
export async function failureOf(work: Promise<unknown>): Promise<RegistryError["failure"]> {
  return (await assertRejects(() => work, RegistryError)).failure;
}

/** All bytes of a blob, or of a part of it. */
export async function blobBytes(
  repository: Repository,
  digest: string,
  part?: { readonly from: number; readonly end: number },
): Promise<Uint8Array> {
  const { body, brokeOff } = await repository.blob(digest, { signal: noAbort, part });
  try {
    return new Uint8Array(await new Response(body).arrayBuffer());
  } catch (error) {
    brokeOff();
    throw error;
  }
}
