import { DownloadIcon } from '@radix-ui/react-icons';
import { useEffect, useRef, useState } from 'react';
import { saveBlob } from '../api/objects';
import type { Job } from '../api/types';
import { useTexts } from '../language/language';
import { IconButton } from '../ui/button';
import { Panel } from '../ui/page';
import { Switch } from '../ui/switch';
import type { FollowedLog } from './use-job-log';

/** This near to the end a reader is at the end. */
const END_PIXELS = 24;

export function JobLog({ job, log }: { readonly job: Job; readonly log: FollowedLog }) {
  const t = useTexts();
  const frame = useRef<HTMLPreElement>(null);
  const [isFollowing, setFollowing] = useState(true);
  useEffect(() => {
    const element = frame.current;
    if (isFollowing && element) element.scrollTop = element.scrollHeight;
  }, [log.text, isFollowing]);
  return (
    <Panel
      title={t.log.title}
      intro={log.isOver ? t.log.over : log.isConnected ? t.log.live : t.log.connecting}
      isFlush
      actions={
        <>
          <label className="inline-switch">
            <Switch label={t.log.follow} isOn={isFollowing} onChange={setFollowing} />
            <span aria-hidden="true">{t.log.follow}</span>
          </label>
          <IconButton
            label={t.log.download}
            onClick={() => saveBlob(new Blob([log.text], { type: 'text/plain' }), `${job.job_id}.log`)}
          >
            <DownloadIcon />
          </IconButton>
        </>
      }
    >
      <pre
        ref={frame}
        className="log"
        tabIndex={0}
        role="group"
        aria-label={t.log.title}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setFollowing(scrollHeight - scrollTop - clientHeight < END_PIXELS)
        }
      >
        {log.text === '' ? t.log[absenceOf(log, job)] : log.text}
      </pre>
    </Panel>
  );
}

/** Why there is nothing to read. */
function absenceOf({ isOver }: FollowedLog, { is_terminal: hasEnded }: Job): 'empty' | 'nothing' | 'reading' {
  if (isOver) return 'nothing';
  return hasEnded ? 'reading' : 'empty';
}
