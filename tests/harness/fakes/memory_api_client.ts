import { ApiError } from "../../../mod/adapters/kubernetes/api_error.ts";
import type {
  ApiRequest,
  KubernetesClient,
  TaggedAnswer,
} from "../../../mod/adapters/kubernetes/client.ts";
import { FakeObjects } from "./fake_api_objects.ts";

/** A client whose API server is an object in memory: it needs no time, so time may be faked. */
export class MemoryApiClient implements KubernetesClient {
  readonly server = "memory";
  readonly namespace = undefined;
  readonly objects = new FakeObjects();
  #refusals = { status: 0, left: 0 };

  /** Answers the next requests with this status. */
  refuse(status: number, times: number): void {
    this.#refusals = { status, left: times };
  }

  async request(path: string, options: ApiRequest): Promise<unknown> {
    const { method = "GET", body, signal } = options;
    await Promise.resolve(); // a real answer never comes at once either
    signal.throwIfAborted();
    const answer = this.#refusals.left-- > 0
      ? { status: this.#refusals.status, body: undefined }
      : this.objects.single(method, path, JSON.stringify(body));
    if (answer.status === 200) return structuredClone(answer.body);
    throw new ApiError(`Cannot ${method} ${path}: ${answer.status}`, answer.status, "");
  }

  async requestChanged(path: string, options: ApiRequest): Promise<TaggedAnswer> {
    return { body: await this.request(path, options) };
  }

  stream(): Promise<never> {
    throw new Error("A client in memory has no streams");
  }

  [Symbol.dispose](): void {}
}
