import { noAbort, openTestRegistries } from "./opened.ts";

// Asks for one manifest per argument and prints what became of it: proxies are read from the
// environment, so each set of them needs a process of its own.
if (import.meta.main) {
  const [hostsDir, ...references] = Deno.args;
  if (hostsDir === undefined) throw new Error("Name the folder of hosts.toml files");
  await using registries = await openTestRegistries({ hostsDir });
  for (const reference of references) {
    const repository = await registries.open(reference);
    const said = await repository.manifest("GET", "1", { signal: noAbort })
      .then(() => "got", (error) => error.message);
    await Deno.stdout.write(new TextEncoder().encode(`${reference} ${said}\n`));
  }
}
