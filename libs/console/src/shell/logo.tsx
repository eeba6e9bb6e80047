import picture from '../../favicon.svg';

export function Logo() {
  return (
    <span className="logo">
      <img src={picture} alt="" width="28" height="28" />
      <span>SimpleTuner Cloud</span>
    </span>
  );
}
