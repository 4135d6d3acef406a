import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { isOn, type SystemdUnit } from '../../gather/systemd.ts';

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-user',
    title: 'Services of systemd run as a user of their own',
    failure: 'A service of systemd runs as root',
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-01'],
    method: 'static',
    remedy: 'Set DynamicUser=yes, or User= with an account that owns nothing else.',
    references: ['systemd.exec(5), User=', 'OWASP Secure MCP Server Development, section 6'],
  },
  // The manager of a user cannot start anything as somebody else.
  ({ units }) => units.filter(({ isOfUser }) => !isOfUser),
  (unit) => {
    const { file, name, settings } = unit;
    const user = settings['User'];
    if (isOn(settings['DynamicUser']) || (user !== undefined && !/^(?:root|0|)$/.test(user.value))) return [];
    const isOnce = settings['Type']?.value === 'oneshot';
    return [
      {
        message:
          user === undefined || user.value === ''
            ? `"${name}" runs as root: neither User= nor DynamicUser= is set`
            : `"${name}" runs as root`,
        place: placeIn(file, user ?? unit),
        // What is done once at a start may have to be.
        ...(isOnce ? { severity: 'medium' as const, confidence: 'low' as const } : {}),
      },
    ];
  },
);
