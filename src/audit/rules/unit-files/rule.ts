import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { isOn, type SystemdUnit } from '../../gather/systemd.ts';

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-files',
    title: 'Services of systemd see a file system that they cannot change',
    failure: 'A service of systemd can change the file system',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-02'],
    method: 'static',
    remedy:
      'Set ProtectSystem=strict, ProtectHome=yes and PrivateTmp=yes, and name under ReadWritePaths= what it writes.',
    references: ['systemd.exec(5), ProtectSystem=, ProtectHome= and PrivateTmp='],
  },
  ({ units }) => units,
  (unit) => {
    const { file, name, settings, isOfUser } = unit;
    // It implies all three, or the service has a root of its own.
    if (isOn(settings['DynamicUser']) || settings['RootDirectory'] !== undefined || settings['RootImage'] !== undefined)
      return [];
    const missing = [
      ['ProtectSystem', /^(?:yes|true|1|on|full|strict)$/i],
      ...(isOfUser ? [] : [['ProtectHome', /^(?:yes|true|1|on|read-only|tmpfs)$/i] as const]),
      ['PrivateTmp', /^(?:yes|true|1|on|disconnected)$/i],
    ] as const;
    const open = missing.filter(([key, right]) => !right.test(settings[key]?.value ?? '')).map(([key]) => `${key}=`);
    if (open.length === 0) return [];
    return [
      {
        message: `"${name}" can reach files that it does not need: ${open.join(', ')} not set`,
        place: placeIn(file, unit),
        ...(open.length === 1 ? { severity: 'low' as const } : {}),
      },
    ];
  },
);
