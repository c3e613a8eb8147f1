import type { LoginCandidate } from "../../ports/registry_logins.ts";
import type { ImageReference } from "../../pure/images/image_reference.ts";
import { refusedJointly, type TriedLogin } from "../../pure/relay/refused_logins.ts";
import type { PublicProofs } from "./public_proofs.ts";
import { RegistryError, type Repository } from "./registries/repository.ts";

/** One image, and by what it may be had. */
export interface LoginChoice {
  readonly reference: ImageReference;
  /** Asked without a login. */
  readonly repository: Repository;
  readonly candidates: readonly LoginCandidate[];
  readonly proofs: PublicProofs;
  /** Is told of a login for public images that they had to be asked for without. */
  onGivenUp(candidate: LoginCandidate): void;
  readonly signal: AbortSignal;
}

/** What was had, and by whom: the rest of the pull goes by the same. */
export interface Had<T> {
  readonly value: T;
  readonly repository: Repository;
  /** What may be kept of it; absent: the image. */
  readonly as?: "bytes" | undefined;
}

/**
 * Has `ask` done without a login, and then by each candidate until it is not refused. A login that
 * may be used for what is public is, once that is proven by a HEAD without one: registries give more
 * to who logs in. Where those without have had all they get for now (429), it is used without that
 * proof where it does not matter: for what was proven lately, and what may be open by it anyway.
 * Throws `RegistryError`, of all that were tried together.
 */
export async function byLogins<T>(
  choice: LoginChoice,
  ask: (repository: Repository) => Promise<T>,
): Promise<Had<T>> {
  const { repository, candidates, signal } = choice;
  const tried: TriedLogin[] = [];
  try {
    return await asPublic(choice, ask);
  } catch (error) {
    tried.push({ failure: refusalOf(error) });
    choice.proofs.remove(choice.reference);
  }
  for (const candidate of candidates.filter(({ as }) => as !== undefined)) {
    const own = await repository.withLogin(candidate, { signal });
    if (own === undefined) continue;
    try {
      const as = candidate.as === "bytes" ? { as: "bytes" as const } : {};
      return { value: await ask(own), repository: own, ...as };
    } catch (error) {
      tried.push({ from: candidate.from, failure: refusalOf(error) });
    }
  }
  const { status, ...failure } = refusedJointly(tried);
  throw new RegistryError(failure, status);
}

async function asPublic<T>(
  choice: LoginChoice,
  ask: (repository: Repository) => Promise<T>,
): Promise<Had<T>> {
  const { repository, candidates, signal, onGivenUp } = choice;
  for (const candidate of candidates.filter(({ forPublic }) => forPublic)) {
    const own = await repository.withLogin(candidate, {
      signal,
      onGivenUp: () => onGivenUp(candidate),
    });
    if (own === undefined) continue;
    await prove(choice, candidate);
    return { value: await ask(own), repository: own };
  }
  return { value: await ask(repository), repository };
}

/** Makes sure that an image may be open that is had by `candidate`. Throws where it may not be. */
async function prove(
  { reference, repository, proofs, signal }: LoginChoice,
  candidate: LoginCandidate,
): Promise<void> {
  if (proofs.has(reference)) return;
  const { digest, tag = "latest" } = reference;
  try {
    await repository.manifest("HEAD", digest ?? tag, { signal });
    proofs.add(reference);
  } catch (error) {
    const isLimited = error instanceof RegistryError && error.failure.failure === "rate_limited";
    if (!isLimited || candidate.as !== "image" && !proofs.had(reference)) throw error;
  }
}

/** A refusal, after which others may be tried; anything else ends the search. */
function refusalOf(error: unknown) {
  if (!(error instanceof RegistryError)) throw error;
  const { failure, status } = error;
  if (failure.failure !== "denied" && failure.failure !== "not_found") throw error;
  return { ...failure, status };
}
