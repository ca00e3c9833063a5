/* The names of PortAudio's functions, for the record of calls and for faults. */

#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#define FUNCTIONS(X)                                                                              \
    X(GetVersion)                                                                                 \
    X(GetVersionText)                                                                             \
    X(GetVersionInfo)                                                                             \
    X(GetErrorText)                                                                               \
    X(Initialize)                                                                                 \
    X(Terminate)                                                                                  \
    X(GetHostApiCount)                                                                            \
    X(GetDefaultHostApi)                                                                          \
    X(GetHostApiInfo)                                                                             \
    X(HostApiTypeIdToHostApiIndex)                                                                \
    X(HostApiDeviceIndexToDeviceIndex)                                                            \
    X(GetLastHostErrorInfo)                                                                       \
    X(GetDeviceCount)                                                                             \
    X(GetDefaultInputDevice)                                                                      \
    X(GetDefaultOutputDevice)                                                                     \
    X(GetDeviceInfo)                                                                              \
    X(IsFormatSupported)                                                                          \
    X(OpenStream)                                                                                 \
    X(OpenDefaultStream)                                                                          \
    X(CloseStream)                                                                                \
    X(SetStreamFinishedCallback)                                                                  \
    X(StartStream)                                                                                \
    X(StopStream)                                                                                 \
    X(AbortStream)                                                                                \
    X(IsStreamStopped)                                                                            \
    X(IsStreamActive)                                                                             \
    X(GetStreamInfo)                                                                              \
    X(GetStreamTime)                                                                              \
    X(GetStreamCpuLoad)                                                                           \
    X(ReadStream)                                                                                 \
    X(WriteStream)                                                                                \
    X(GetStreamReadAvailable)                                                                     \
    X(GetStreamWriteAvailable)                                                                    \
    X(GetStreamHostApiType)                                                                       \
    X(GetSampleSize)                                                                              \
    X(Sleep)

#define ENUMERATE(name) FN_##name,
enum Function { FUNCTIONS(ENUMERATE) FN_COUNT };
#undef ENUMERATE

#endif
