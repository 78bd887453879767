export default function Transform() {
  return <h1>Transform</h1>;
}
