/** Whether a manifest or a lockfile belongs to what nobody deploys: tests, examples, templates. */
export function isAside(file: string): boolean {
  return /(?:^|\/)(?:tests?|__tests__|__fixtures__|fixtures?|testdata|examples?|samples?|demos?|templates?|docs?|bench(?:marks?)?|e2e|playground|website)\//i.test(
    file,
  );
}
