import { expect, it } from "vitest";
import { PERMISSIONS } from "../../src/domain/permissions";
import { separatingRoles, walkRoles } from "./roles";

walkRoles(0, 2);

it("the roles of the walk tell any two rights apart", () => {
  for (const one of PERMISSIONS)
    for (const other of PERMISSIONS.filter((right) => right !== one))
      expect(
        separatingRoles(PERMISSIONS).some(([, rights]) => rights.includes(one) && !rights.includes(other)),
        `${one} without ${other}`,
      ).toBe(true);
});
