package kvlab.bench;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One design of each family, leaping and not. */
@State(Scope.Thread)
public class DesignFamily {
  @Param({
    "vllm-v1",
    "vllm-v0",
    "vllm-paper",
    "orca-max",
    "s3",
    "llamacpp",
    "fastertransformer",
    "hf-dynamic",
    "tensorrt-llm-no-evict",
    "tensorrt-llm-max-utilization",
    "sglang",
    "lightllm",
    "lmdeploy",
    "hf-continuous",
    "vattention",
    "buddy-pages"
  })
  public String design;

  @Param({"true", "false"})
  public boolean leap;
}
