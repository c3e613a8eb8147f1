import { assertEquals } from "@std/assert";
import { isListedWithPort } from "../../../mod/pure/relay/no_proxy.ts";

Deno.test("an address is found in a list with its port, as Go finds it", () => {
  const isListed = (list: string, url: string) => isListedWithPort(list, new URL(url));
  const listed = [
    ["registry.example:5000", "http://registry.example:5000/v2/"],
    ["a, Registry.Example:5000 ,b", "http://registry.example:5000"],
    ["example:5000", "http://registry.example:5000"],
    [".example:5000", "http://registry.example:5000"],
    ["*.example:5000", "http://registry.example:5000"],
    ["registry.example:443", "https://registry.example"],
    ["registry.example:80", "http://registry.example"],
    ["10.0.0.5:5000", "http://10.0.0.5:5000"],
    ["[fd00::5]:5000", "http://[fd00::5]:5000"],
  ];
  for (const [list = "", url = ""] of listed) assertEquals(isListed(list, url), true, list);
  const others = [
    ["", "http://registry.example:5000"],
    ["registry.example", "http://registry.example:5000"],
    ["registry.example:5000", "http://registry.example:5001"],
    ["registry.example:5000", "https://registry.example"],
    [".registry.example:5000", "http://registry.example:5000"],
    ["gistry.example:5000", "http://registry.example:5000"],
    ["*", "http://registry.example:5000"],
  ];
  for (const [list = "", url = ""] of others) assertEquals(isListed(list, url), false, list);
});
