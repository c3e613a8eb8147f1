import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { runtimeProperties, type RuntimeUnderTest } from "./image_runtime.ts";

for (const { name, check } of runtimeProperties) {
  Deno.test(`the scripted runtime ${name}`, () => check(scripted()));
}

function scripted(): RuntimeUnderTest {
  const runtime = scriptedRuntime({ tellsUses: true });
  const images = ["registry.example/app:1", "registry.example/app:2"] as const;
  const unknown = "registry.example/nobody:1";
  runtime.fail(unknown, "not_found");
  return {
    runtime,
    images,
    unknown,
    hold: () => {
      const hold = runtime.hold(images[0]);
      return Promise.resolve({ [Symbol.asyncDispose]: () => Promise.resolve(hold.release()) });
    },
    remove: (reference) => Promise.resolve(runtime.delete(reference)),
    nudge: (_reference, name) => Promise.resolve(runtime.delete(name)),
    use: (reference) => Promise.resolve(runtime.use(reference)),
    restart: (options) => Promise.resolve(runtime.restart(options)),
    registryRequests: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
