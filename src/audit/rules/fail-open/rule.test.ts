import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

testCases(rule, {
  wrong: {
    typescript: {
      'yes where it throws': `export function isAllowed(user) { try { return policy.decide(user); } catch (error) { console.error(error); return true; } }`,
      'yes without the policy': `export class Gate {\n  rules = null;\n  constructor(file) { try { this.rules = read(file); } catch (error) { console.error(error); } }\n  permits(name) { if (this.rules === null) return true; return this.rules.has(name); }\n}`,
    },
    python: {
      'yes where it throws':
        'def verify_signature(a):\n  try:\n    return check(a)\n  except Exception:\n    return True\n',
      'yes without the policy':
        'class Gate:\n  def __init__(self, path):\n    self.rules = None\n    try:\n      self.rules = load(path)\n    except OSError:\n      pass\n  def is_authorized(self, name):\n    if not self.rules:\n      return True\n    return name in self.rules\n',
    },
  },
  right: {
    typescript: {
      'no where it throws': `export function isAllowed(user) { try { return policy.decide(user); } catch { return false; } }`,
      'no check of rights': `export function isFree(port) { try { listen(port); return false; } catch { return true; } }`,
      'nothing configured': `export class Gate {\n  constructor(rules) { this.rules = rules; }\n  permits(name) { if (this.rules === null) return true; return this.rules.has(name); }\n}`,
    },
    python: {
      'it does not start':
        'class Gate:\n  def __init__(self, path):\n    try:\n      self.rules = load(path)\n    except OSError as error:\n      raise SystemExit("no policy") from error\n  def is_authorized(self, name):\n    if self.rules is None:\n      return True\n    return name in self.rules\n',
      'an empty policy instead':
        'class Gate:\n  def __init__(self, path):\n    try:\n      self.rules = load(path)\n    except OSError:\n      self.rules = set()\n  def is_authorized(self, name):\n    if self.rules is None:\n      return True\n    return name in self.rules\n',
    },
  },
});
