export default function Activities() {
  return <h1>Activities</h1>;
}
