import { memoryStore } from "../harness/fakes/memory_store.ts";
import { stateStoreConformance } from "./state_store.ts";

stateStoreConformance("the memory store", () => {
  const store = memoryStore({ maxBytes: 2000 });
  const another = store.another();
  const both = (act: (handle: typeof store) => void) => {
    act(store);
    act(another);
    return Promise.resolve();
  };
  return Promise.resolve({
    store,
    another,
    maxBytes: 2000,
    cut: () => both((handle) => handle.cut()),
    restore: () => both((handle) => handle.restore()),
    wipe: () => Promise.resolve(store.wipe()),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});
