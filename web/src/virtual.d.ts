declare module "virtual:operations" {
  const operations: Record<string, import("./api/operations").Operation>;
  export default operations;
}
