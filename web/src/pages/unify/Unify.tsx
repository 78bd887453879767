export default function Unify() {
  return <h1>Unify</h1>;
}
