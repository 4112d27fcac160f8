/* The calls that the fault layer knows: all that the library makes. A test holds src/ to it. */
#ifndef TEST_FAULT_LAYER_CALLS_H
#define TEST_FAULT_LAYER_CALLS_H

#define FAULT_CORE_CALLS(X)                                                                        \
    X(clGetPlatformIDs)                                                                            \
    X(clGetPlatformInfo)                                                                           \
    X(clGetDeviceIDs)                                                                              \
    X(clGetDeviceInfo)                                                                             \
    X(clCreateSubDevices)                                                                          \
    X(clReleaseDevice)                                                                             \
    X(clCreateContext)                                                                             \
    X(clReleaseContext)                                                                            \
    X(clCreateCommandQueue)                                                                        \
    X(clReleaseCommandQueue)                                                                       \
    X(clCreateBuffer)                                                                              \
    X(clReleaseMemObject)                                                                          \
    X(clSetMemObjectDestructorCallback)                                                            \
    X(clCreateProgramWithSource)                                                                   \
    X(clCreateProgramWithBinary)                                                                   \
    X(clBuildProgram)                                                                              \
    X(clGetProgramInfo)                                                                            \
    X(clGetProgramBuildInfo)                                                                       \
    X(clReleaseProgram)                                                                            \
    X(clCreateKernel)                                                                              \
    X(clReleaseKernel)                                                                             \
    X(clSetKernelArg)                                                                              \
    X(clGetKernelWorkGroupInfo)                                                                    \
    X(clEnqueueReadBuffer)                                                                         \
    X(clEnqueueWriteBuffer)                                                                        \
    X(clEnqueueFillBuffer)                                                                         \
    X(clEnqueueNDRangeKernel)                                                                      \
    X(clEnqueueBarrierWithWaitList)                                                                \
    X(clWaitForEvents)                                                                             \
    X(clRetainEvent)                                                                               \
    X(clReleaseEvent)                                                                              \
    X(clGetEventInfo)                                                                              \
    X(clGetEventProfilingInfo)                                                                     \
    X(clFlush)                                                                                     \
    X(clFinish)                                                                                    \
    X(clGetExtensionFunctionAddressForPlatform)

#define FAULT_CALLS(X)                                                                             \
    FAULT_CORE_CALLS(X)                                                                            \
    X(clCreateCommandBufferKHR)                                                                    \
    X(clFinalizeCommandBufferKHR)                                                                  \
    X(clReleaseCommandBufferKHR)                                                                   \
    X(clEnqueueCommandBufferKHR)                                                                   \
    X(clCommandNDRangeKernelKHR)

#endif
