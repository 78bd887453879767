export default function Intelligence() {
  return <h1>Intelligence</h1>;
}
