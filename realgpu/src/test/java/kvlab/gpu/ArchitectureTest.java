package kvlab.gpu;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the packages of the device backend. An arrow that is not here is not allowed. */
@AnalyzeClasses(packages = "kvlab.gpu", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule arrows = layeredArchitecture()
      .consideringOnlyDependenciesInLayers()
      .layer("device")
      .definedBy("kvlab.gpu.device..")
      .layer("twin")
      .definedBy("kvlab.gpu.twin..")
      .layer("kernel")
      .definedBy("kvlab.gpu.kernel..")
      .layer("run")
      .definedBy("kvlab.gpu.run..")
      .layer("validate")
      .definedBy("kvlab.gpu.validate..")
      .layer("cli")
      .definedBy("kvlab.gpu.cli..")
      .whereLayer("device")
      .mayNotAccessAnyLayer()
      .whereLayer("twin")
      .mayNotAccessAnyLayer()
      .whereLayer("kernel")
      .mayOnlyAccessLayers("device")
      .whereLayer("run")
      .mayOnlyAccessLayers("device", "kernel", "twin")
      .whereLayer("validate")
      .mayOnlyAccessLayers("device", "kernel", "run")
      .whereLayer("cli")
      .mayNotBeAccessedByAnyLayer()
      .withOptionalLayers(true);

  @ArchTest
  static final ArchRule onlyTheDeviceLayerKnowsTheDriver = noClasses()
      .that()
      .resideOutsideOfPackage("kvlab.gpu.device..")
      .should()
      .dependOnClassesThat()
      .resideInAnyPackage("jcuda..", "com.sun.jna..");

  @ArchTest
  static final ArchRule theDeviceLayerKnowsNoCache = classes()
      .that()
      .resideInAPackage("kvlab.gpu.device..")
      .should()
      .onlyDependOnClassesThat()
      .resideInAnyPackage(
          "java..",
          "kvlab.gpu.device..",
          "kvlab.workload..",
          "jcuda..",
          "com.sun.jna..",
          "org.jspecify.annotations..");
}
