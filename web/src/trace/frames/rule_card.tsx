// A violation, and the rule that it breaks.
import type { PackedRule, Violation } from "../model";
import { shown } from "../text";

const DOCS = "https://github.com/voltyard/voltyard/blob/main/docs/reference/rules.md";

interface Props {
  violation: Violation;
  rule: PackedRule | undefined;
  version: string | null;
}

export function RuleCard({ violation, rule, version }: Props) {
  const newer = version !== null && version !== "1.6";
  const code = newer ? rule?.code_201 : rule?.code_16;
  return (
    <article class="t-rule">
      <h4>▲ {rule?.title ?? violation.rule}</h4>
      <p class="t-found"><code>{shown(violation.path)}</code> {shown(violation.message)}</p>
      {rule && (
        <dl>
          <dt>Rule</dt>
          <dd>{rule.says}</dd>
          <dt>Source</dt>
          <dd>{newer ? rule.source_201 : rule.source_16}</dd>
          {code && <><dt>Answer</dt><dd>CALLERROR <code>{code}</code></dd></>}
          <dt>What to do</dt>
          <dd>{rule.remedy}</dd>
        </dl>
      )}
      <a href={`${DOCS}#${violation.rule}`} target="_blank" rel="noopener noreferrer">{violation.rule} in the reference</a>
    </article>
  );
}
